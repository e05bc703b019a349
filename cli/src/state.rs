//! What an attestation that is being made has gathered so far: one file in the working directory, for its owner only.
//!
//! It is written whole beside its place and moved there, so that a process that is killed leaves the old or the new one;
//! a lock beside it makes two commands wait for each other instead of losing what one of them recorded.

mod bundle;
mod file;

use std::collections::BTreeMap;

use assay_base::{Digest, MaterialKind, MaterialName, Timestamp};
use assay_wire::{Evaluation, OpenedRun, Runner};
use serde::{Deserialize, Serialize};

use crate::git::Head;

pub(crate) use file::{StateError, StateFile, locate};

/// The version of the file's format.
const VERSION: u32 = 1;

/// An attestation that is being made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// The version of the format.
    version: u32,
    /// Nothing is to be written on the server.
    pub(crate) dry_run: bool,
    /// The run, its contract and its policies, as the server answered.
    pub(crate) run: OpenedRun,
    /// When the run was opened.
    pub(crate) initialized_at: Timestamp,
    /// Where the run takes place.
    pub(crate) runner: Runner,
    /// The environment variables that are recorded.
    pub(crate) env: BTreeMap<String, String>,
    /// The commit that is checked out.
    pub(crate) head: Option<Head>,
    /// The evidence so far.
    pub(crate) materials: BTreeMap<MaterialName, Recorded>,
    /// The evaluations of the phase INIT.
    pub(crate) evaluations: Vec<Evaluation>,
}

/// A piece of evidence that was added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recorded {
    /// Its kind.
    pub(crate) kind: MaterialKind,
    /// The file's name, the image's name, or for a text the name of the material.
    pub(crate) title: String,
    /// Its digest.
    pub(crate) digest: Digest,
    /// Its size in bytes; unknown for an image.
    pub(crate) size: Option<u64>,
    /// Its bytes in base64, where they travel in the statement.
    pub(crate) content: Option<String>,
    /// The server has its bytes.
    pub(crate) uploaded: bool,
    /// What its content says of it, and what the user says of it.
    pub(crate) annotations: BTreeMap<String, String>,
    /// The inputs of policies that the user overrode, as written.
    pub(crate) inputs: Vec<String>,
    /// What the policies said about it here.
    pub(crate) evaluations: Vec<Evaluation>,
    /// When it was added.
    pub(crate) added_at: Timestamp,
}

/// What is known when a run has just been opened.
#[derive(Debug)]
pub(crate) struct Opened {
    /// Nothing is to be written on the server.
    pub(crate) dry_run: bool,
    /// Its answer.
    pub(crate) run: OpenedRun,
    /// Where the run takes place.
    pub(crate) runner: Runner,
    /// The environment variables to record.
    pub(crate) env: BTreeMap<String, String>,
    /// The commit that is checked out.
    pub(crate) head: Option<Head>,
}

impl State {
    /// The state of a run that was opened `now`.
    pub(crate) fn new(opened: Opened, now: Timestamp) -> Self {
        Self {
            version: VERSION,
            dry_run: opened.dry_run,
            run: opened.run,
            initialized_at: now,
            runner: opened.runner,
            env: opened.env,
            head: opened.head,
            materials: BTreeMap::new(),
            evaluations: Vec::new(),
        }
    }
}
