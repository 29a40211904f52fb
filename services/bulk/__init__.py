"""Tables of any length as commands: read a row at a time, checked whole, sent in parts."""
