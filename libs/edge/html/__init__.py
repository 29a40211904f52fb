"""Pages for people: HTML without a script, in Japanese and in English, and what a form sends."""
