//! The words that an entry chooses from.

use thrice_policy::declare::policy_choice;

policy_choice! {
    /// What an approval is about.
    pub enum ApprovalScope {
        /// A patch.
        Change = "change",
        /// A candidate.
        Rc = "rc",
        /// A release.
        Ga = "ga",
        /// A story.
        Story = "story",
    }
}

policy_choice! {
    /// The stage of a release.
    pub enum ReleaseStage {
        /// A candidate.
        Rc = "rc",
        /// Generally available.
        Ga = "ga",
    }
}

policy_choice! {
    /// How a deployment ended.
    pub enum DeployResult {
        /// It runs.
        Succeeded = "succeeded",
        /// It does not run.
        Failed = "failed",
        /// What ran before runs again.
        RolledBack = "rolled-back",
    }
}

policy_choice! {
    /// How far an entry says that a risk has come.
    pub enum RiskStep {
        /// It is there, or back.
        Open = "open",
        /// It is accepted, until a time where one is given.
        Accepted = "accepted",
        /// What was to be done about it is done.
        Mitigated = "mitigated",
        /// It is over.
        Closed = "closed",
    }
}

policy_choice! {
    /// How far an entry says that an incident has come.
    pub enum IncidentStep {
        /// It is there, or back.
        Open = "open",
        /// Somebody has it in hand.
        Acknowledged = "acknowledged",
        /// It does no more harm.
        Contained = "contained",
        /// All is as before.
        Recovered = "recovered",
        /// It is over.
        Closed = "closed",
    }
}

policy_choice! {
    /// How a drill ended.
    pub enum DrillResult {
        /// It went well.
        Pass = "pass",
        /// It did not.
        Fail = "fail",
    }
}

policy_choice! {
    /// What was decided at a wave's gate.
    pub enum GateResult {
        /// It is passed.
        Pass = "pass",
        /// It is not passed.
        Fail = "fail",
        /// It is passed under conditions.
        Conditional = "conditional",
    }
}

policy_choice! {
    /// How a cycle ended.
    pub enum CycleResult {
        /// Its exit criteria were met.
        Met = "met",
        /// They were not.
        NotMet = "not-met",
    }
}
