use assay_rego::{Boilerplate, Package, Placement};
use regorus::{Engine, PolicyLengthConfig, Value};

use crate::builtins;
use crate::failure::Failure;

/// The name under which regorus knows the policy, by which its places are recognised.
pub(crate) const FILE: &str = "policy.rego";
/// The name of the boilerplate.
const BOILERPLATE: &str = "boilerplate.rego";
/// More than the boilerplate ever has, but for the name of the package, which stands in it several times.
const BOILERPLATE_BYTES: usize = 16 << 10;

/// A policy and what it leaves out, in an engine of its own: a module that fails its analysis spoils the engine.
#[derive(Debug)]
pub(crate) struct Policy {
    engine: Engine,
    query: String,
}

impl Policy {
    /// Parses a policy.
    pub(crate) fn parse(source: &str, placement: Placement, instant_ns: i64) -> Result<Self, Failure> {
        assay_rego::scan(source)?;
        let mut engine = Engine::new();
        engine.set_policy_length_config(lengths(source));
        engine.set_strict_builtin_errors(true);
        builtins::add_to(&mut engine, instant_ns)?;
        engine.add_policy(FILE.to_owned(), source.to_owned()).map_err(|error| Failure::parsing(&error))?;
        let package = package(&engine)?;
        let declares = |rule: &str| engine.has_declared_rule_rooted_at(FILE, rule).unwrap_or(false);
        let boilerplate = Boilerplate::new(&package, declares, placement);
        let (query, module) = (boilerplate.query(), boilerplate.module());
        engine.add_policy(BOILERPLATE.to_owned(), module).map_err(|error| Failure::parsing(&error))?;
        Ok(Self { engine, query })
    }

    /// The policy's `result` on an input.
    pub(crate) fn evaluate(mut self, input: Value) -> Result<Value, Failure> {
        self.engine.set_input(input);
        self.engine.eval_rule(self.query).map_err(|error| Failure::running(&error))
    }

    /// Analyses the policy.
    pub(crate) fn compile(mut self) -> Result<(), Failure> {
        let query = self.query.as_str().into();
        self.engine.compile_with_entrypoint(&query).map(drop).map_err(|error| Failure::running(&error))
    }
}

fn package(engine: &Engine) -> Result<Package, Failure> {
    let packages = engine.get_policy_package_components().map_err(|error| Failure::parsing(&error))?;
    let first = packages.into_iter().next();
    first.map(|package| Package::new(package.components)).ok_or_else(|| Failure::new("policy-syntax", "no package"))
}

/// Lengths are limited where policies are stored; regorus' own limits refuse policies that are in use.
fn lengths(source: &str) -> PolicyLengthConfig {
    let mut lengths = PolicyLengthConfig::default();
    let size = source.len().saturating_add(BOILERPLATE_BYTES);
    lengths.max_col = u32::try_from(size).ok().and_then(|size| size.try_into().ok()).unwrap_or(lengths.max_col);
    lengths.max_file_bytes = size.try_into().unwrap_or(lengths.max_file_bytes);
    lengths.max_lines = size.try_into().unwrap_or(lengths.max_lines);
    lengths
}
