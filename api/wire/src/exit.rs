/// The exit codes of `assay`, frozen: scripts branch on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Exit {
    /// All is well.
    Ok = 0,
    /// An unexpected failure: a bug, or the machine.
    Unexpected = 1,
    /// Wrong usage, or an invalid document, material or policy.
    Invalid = 2,
    /// The contract is not satisfied.
    Incomplete = 3,
    /// A policy or a gate says no.
    Denied = 4,
    /// Verification failed, or nothing could be verified.
    Unverified = 5,
    /// It could not be judged.
    Inconclusive = 6,
    /// Not allowed, not logged in, or not found.
    Forbidden = 7,
    /// A server or registry cannot be reached.
    Network = 8,
    /// Something is there already, or changed underneath.
    Conflict = 9,
    /// Interrupted by the user.
    Interrupted = 130,
}

impl Exit {
    /// The number that the process ends with.
    pub const fn code(self) -> u8 {
        self as u8
    }
}
