//! One file per noun: its trait of `engine/ports`, its queries, its rows.

mod attachment;
mod attestation;
mod audit;
mod authority;
mod delivery;
mod delivery_again;
mod delivery_attempt;
mod delivery_lease;
mod delivery_owed;
mod document;
mod gate;
mod integration;
mod job;
mod material;
mod open_run;
mod organization;
mod registration;
mod registration_state;
mod run;
mod token;
mod trust_key;
mod verdict;
mod workflow;
