use crate::Package;

/// The rules that a script may leave to the boilerplate (Chainloop's result contract).
pub const RULES: [&str; 7] = ["result", "skipped", "violations", "findings", "skip_reason", "ignore", "valid_input"];

/// Where the missing rules are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// In a package of their own. The script stays as it is, and its local variables may have any name.
    Apart,
    /// In the script's package, for scripts that read a rule which they leave to the boilerplate.
    Within,
}

/// The rules that a script leaves out, as a module beside it. The script itself is never touched, so that lines and
/// columns are those of its author.
#[derive(Debug, Clone)]
pub struct Boilerplate<'a> {
    package: &'a Package,
    declared: Vec<&'static str>,
    placement: Placement,
}

impl<'a> Boilerplate<'a> {
    /// For a script of `package` that declares those of [`RULES`] for which `declares` is true.
    pub fn new(package: &'a Package, declares: impl Fn(&str) -> bool, placement: Placement) -> Self {
        Self { package, declared: RULES.into_iter().filter(|rule| declares(rule)).collect(), placement }
    }

    /// The rule that is the script's answer, as a path to evaluate.
    pub fn query(&self) -> String {
        if self.declares("result") { self.package.rule("result") } else { self.home().rule("result") }
    }

    /// The text of the module.
    pub fn module(&self) -> String {
        let mut text = match self.placement {
            Placement::Apart => self.home().declaration(),
            Placement::Within => self.package.declaration(),
        };
        text.push_str("\n\nimport rego.v1\n");
        for (rule, definition) in self.definitions() {
            if !self.declares(rule) {
                text.push('\n');
                text.push_str(&definition);
                text.push('\n');
            }
        }
        text
    }

    fn declares(&self, rule: &str) -> bool {
        self.declared.contains(&rule)
    }

    /// The package of the missing rules.
    fn home(&self) -> Package {
        match self.placement {
            Placement::Apart => Package::new(vec!["assay_boilerplate".to_owned()]),
            Placement::Within => self.package.clone(),
        }
    }

    /// A reference to a rule, wherever it stands.
    fn rule(&self, rule: &str) -> String {
        if self.declares(rule) { self.package.rule(rule) } else { self.home().rule(rule) }
    }

    /// A missing `findings` is not made up: a script that says nothing of findings has none.
    fn definitions(&self) -> Vec<(&'static str, String)> {
        let valid_input = self.rule("valid_input");
        let reason = format!(
            "default skip_reason := \"\"\n\nskip_reason := \"the file content is not recognized\" if not {valid_input}"
        );
        vec![
            ("result", self.result()),
            ("skipped", format!("default skipped := true\n\nskipped := false if {valid_input}")),
            ("violations", "default violations := []".to_owned()),
            ("skip_reason", reason),
            ("ignore", "default ignore := false".to_owned()),
            ("valid_input", "default valid_input := true".to_owned()),
        ]
    }

    fn result(&self) -> String {
        let named = ["skipped", "violations", "skip_reason", "ignore"].into_iter();
        let keys = named.chain(self.declares("findings").then_some("findings"));
        let entries: Vec<String> = keys.map(|key| format!("\t\"{key}\": {},\n", self.rule(key))).collect();
        format!("result := {{\n{}}}", entries.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_is_written() {
        let package = Package::new(vec!["main".into()]);
        let declared = ["violations", "valid_input", "findings"];
        let module = Boilerplate::new(&package, |rule| declared.contains(&rule), Placement::Apart).module();
        assert!(module.starts_with("package assay_boilerplate\n\nimport rego.v1\n\nresult := {\n"), "{module}");
        assert!(module.contains("\t\"violations\": data[\"main\"].violations,\n"), "{module}");
        assert!(module.contains("\t\"findings\": data[\"main\"].findings,\n"), "{module}");
        assert!(module.contains("\t\"skipped\": data[\"assay_boilerplate\"].skipped,\n"), "{module}");
        assert!(module.contains("skipped := false if data[\"main\"].valid_input"), "{module}");
        assert!(!module.contains("default violations") && !module.contains("default valid_input"), "{module}");
    }

    #[test]
    fn a_result_of_its_own_is_asked_for() {
        let package = Package::new(vec!["a".into(), "b".into()]);
        let own = Boilerplate::new(&package, |rule| rule == "result", Placement::Apart);
        assert_eq!(own.query(), "data[\"a\"][\"b\"].result");
        let none = Boilerplate::new(&package, |_| false, Placement::Within);
        assert_eq!(none.query(), "data[\"a\"][\"b\"].result");
        assert!(none.module().starts_with("package a[\"b\"]\n"));
        assert!(!none.module().contains("findings"));
    }
}
