"""Which role may do what, operation by operation, as a reviewer reads it."""

TABLE = """
    adoptRules           operator
    appointOperator      operator
    dismissOperator      operator
    approveAct           operator
    passTime             operator
    registerProject      operator
    draftProject         operator
    accreditBody         operator
    suspendBody          operator
    validateProject      operator verifier
    submitProject        operator
    examineProject       operator
    decideProject        operator committee
    extendProject        operator committee
    endProject           operator
    withdrawProject      operator
    changePlan           operator
    handOverProject      operator
    reportLoss           operator
    attachDocument       operator
    putDocument          operator verifier
    joinMember           operator
    reportActivities     operator holder
    listActivities       operator holder auditor scheme_owner
    listActivitySums     operator holder auditor scheme_owner
    leaveProgramme       operator
    openCertification    operator
    reportMonitoring     operator holder
    verifyCertification  operator verifier
    submitCertification  operator
    decideCertification  operator committee
    issueCredits         operator
    issueToGovernment    operator
    releaseGovernment    operator
    compensateError      operator
    coverReversal        operator holder
    withdrawIssuance     operator
    releaseBuffer        operator
    cancelBuffer         operator
    openAccount          operator
    freezeAccount        operator
    unfreezeAccount      operator
    closeAccount         operator
    annulCredits         operator
    suspendMovements     operator
    resumeMovements      operator
    listSuspensions      operator holder auditor scheme_owner
    freezeSerials        operator
    unfreezeSerials      operator
    listFreezes          operator holder auditor scheme_owner
    addTrusted           operator holder
    removeTrusted        operator holder
    listTrusted          operator holder auditor scheme_owner
    setLimit             operator holder
    listLimits           operator holder auditor scheme_owner
    reverseTransfer      operator
    requestReversal      operator holder
    consentToReversal    operator holder
    listReversals        operator holder auditor scheme_owner
    issueNotice          operator
    supersedeNotice      operator
    withdrawNotice       operator
    requestBalanceNotice operator holder
    requestCertificate   operator holder
    listNotices          operator auditor scheme_owner
    putWebhook           operator holder
    rotateWebhook        operator holder
    deleteWebhook        operator holder
    redeliverWebhookCall operator holder
    listWebhooks         operator holder auditor scheme_owner
    listWebhookCalls     operator holder auditor scheme_owner
    listInbox            operator holder auditor scheme_owner
    getNotice            operator holder auditor scheme_owner
    getNoticeDocument    operator holder auditor scheme_owner
    getNoticeLink        operator holder auditor scheme_owner
    readPrivateNotice    operator holder auditor scheme_owner verifier committee reader public
    listAlarms           operator auditor scheme_owner
    requestTransfer      operator holder
    reserveCredits       operator holder
    releaseReservation   operator holder
    placeOrder           operator holder
    approveOrder         operator holder
    acceptOrder          operator holder
    declineOrder         operator holder
    cancelOrder          operator holder
    invalidateCredits    operator holder
    cancelCredits        operator holder
    fileApplications     operator holder
    confirmApplication   operator holder
    cancelApplication    operator holder
    getParticulars       operator holder
    keepRecipients       operator holder
    reviewAccount        operator
    decideAccount        operator
    renameAccount        operator
    mergeAccount         operator
    recordInsolvency     operator
    appointRepresentative operator
    dismissRepresentative operator
    replaceRepresentative operator
    applyForAccount      operator holder
    beginClosing         operator holder
    grantMandate         operator holder
    revokeMandate        operator holder
    listAccountApplications operator holder auditor scheme_owner
    listRepresentatives  operator holder auditor scheme_owner
    listMandates         operator holder auditor scheme_owner
    dischargeDuty        operator holder
    listApplications     operator holder auditor scheme_owner
    openPool             operator holder
    applyAsTenant        operator holder
    admitTenant          operator holder
    buyQuota             operator holder
    offerGoods           operator holder
    allocateGrams        operator holder
    pledgeDonations      operator holder
    settleDonations      operator holder
    paySeller            operator holder
    listTenants          operator holder auditor scheme_owner
    listGoods            operator holder auditor scheme_owner
    listCertificates     operator holder auditor scheme_owner
    listDonations        operator holder auditor scheme_owner
    listDonatedGrams     operator holder auditor scheme_owner
    listCampaigns        operator holder auditor scheme_owner verifier committee reader public
    listPartners         operator holder auditor scheme_owner
    listMeetings         operator holder auditor scheme_owner
    openCampaign         operator holder
    joinCampaign         operator holder
    closeCampaign        operator holder
    orderMeeting         operator holder
    listSettlements      operator holder auditor scheme_owner
    listPools            operator holder auditor scheme_owner verifier committee reader public
    listPoolRetirements  operator holder auditor scheme_owner verifier committee reader public
    listChildren         operator holder auditor scheme_owner
    listDischarges       operator holder auditor scheme_owner
    listEligibleHoldings operator holder auditor scheme_owner
    listAccounts         operator holder auditor scheme_owner
    getAccount           operator holder auditor scheme_owner
    listHoldings         operator holder auditor scheme_owner
    getStatement         operator holder auditor scheme_owner
    certifyBalance       operator holder auditor scheme_owner
    listReservations     operator holder auditor scheme_owner
    listOrders           operator holder auditor scheme_owner
    listRetirements      operator holder auditor scheme_owner
    getCommand           operator holder auditor scheme_owner
    listProjects         operator holder auditor scheme_owner verifier committee reader public
    listPlans            operator holder auditor scheme_owner verifier committee reader public
    getPlan              operator holder auditor scheme_owner verifier committee reader public
    listPlanHistory      operator holder auditor scheme_owner verifier committee reader public
    listBodies           operator holder auditor scheme_owner verifier committee reader public
    listMembers          operator holder auditor scheme_owner verifier committee reader public
    listPlanDocuments    operator holder auditor scheme_owner verifier committee reader public
    getProject           operator holder auditor scheme_owner verifier committee reader public
    listCertifications   operator holder auditor scheme_owner verifier committee reader public
    getCertification     operator holder auditor scheme_owner verifier committee reader public
    listLots             operator holder auditor scheme_owner verifier committee reader public
    getLot               operator holder auditor scheme_owner verifier committee reader public
    getSerial            operator holder auditor scheme_owner verifier committee reader public
    getRules             operator holder auditor scheme_owner verifier committee reader public
    getRulesByDigest     operator holder auditor scheme_owner verifier committee reader public
    listAnnulments       operator holder auditor scheme_owner verifier committee reader public
    getEligibility       operator holder auditor scheme_owner verifier committee reader public
    getEligibilityMatrix operator holder auditor scheme_owner verifier committee reader public
    listPublicProjects   operator holder auditor scheme_owner verifier committee reader public
    listPublicCertifications operator holder auditor scheme_owner verifier committee reader public
    listPublicIssuances  operator holder auditor scheme_owner verifier committee reader public
    listPublicRetirements operator holder auditor scheme_owner verifier committee reader public
    listPublicBuffer     operator holder auditor scheme_owner verifier committee reader public
    getCheckpoint        operator holder auditor scheme_owner verifier committee reader public
    getCheckpointKey     operator holder auditor scheme_owner verifier committee reader public
    getTile              operator holder auditor scheme_owner verifier committee reader public
    proveInclusion       operator holder auditor scheme_owner verifier committee reader public
    proveConsistency     operator holder auditor scheme_owner verifier committee reader public
    getEntryProof        operator holder auditor scheme_owner
    listProposals        operator auditor scheme_owner
    getKeptDocument      operator verifier auditor scheme_owner
    listCompensations    operator auditor scheme_owner
    listDuties           operator auditor scheme_owner
    followJournal        operator auditor scheme_owner
    readMetrics          operator auditor monitor
    readLiveness         anyone
    readHealth           anyone
    readReadiness        anyone
    askCheckPage         anyone
    readCheckPage        anyone
    verifyFile           anyone
    readReference        anyone
    readDocument         anyone
    listProblems         anyone
    getProblem           anyone
"""
ROWS = {words[0]: set(words[1:]) for words in map(str.split, TABLE.strip().splitlines())}
