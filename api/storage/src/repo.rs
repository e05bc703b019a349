//! One file per noun: its trait of `engine/ports`, its queries, its rows.

mod attestation;
mod audit;
mod authority;
mod document;
mod gate;
mod job;
mod material;
mod open_run;
mod organization;
mod run;
mod token;
mod trust_key;
mod verdict;
mod workflow;
