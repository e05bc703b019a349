use std::collections::BTreeMap;

use serde::Serialize;

use crate::xml::{Element, Xml};

/// A test suite as policies see it. The shape is Chainloop's (go-junit 1.0.0), so that policies written for it work.
#[derive(Debug, Serialize)]
pub(crate) struct Suite {
    name: String,
    package: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tests: Vec<Test>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suites: Vec<Self>,
    #[serde(skip_serializing_if = "String::is_empty")]
    stdout: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    stderr: String,
    totals: Totals,
}

/// Counts of a suite and of the suites in it; the duration is in nanoseconds.
#[derive(Debug, Default, Clone, Copy, Serialize)]
struct Totals {
    tests: u64,
    passed: u64,
    skipped: u64,
    failed: u64,
    error: u64,
    duration: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Passed,
    Skipped,
    Failed,
    Error,
}

#[derive(Debug, Serialize)]
struct Test {
    name: String,
    classname: String,
    /// Nanoseconds.
    duration: i64,
    status: Status,
    message: String,
    error: Option<Failure>,
    properties: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    stdout: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    stderr: String,
}

#[derive(Debug, Serialize)]
struct Failure {
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    class: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    body: String,
}

/// The outermost suites of a document, in its order.
pub(crate) fn find(xml: &Xml<'_>) -> Vec<Suite> {
    let mut suites = Vec::new();
    collect(xml, &xml.root, &mut suites);
    suites
}

/// The recursion ends: the depth of a document is limited.
fn collect(xml: &Xml<'_>, element: &Element, suites: &mut Vec<Suite>) {
    if element.name == "testsuite" {
        suites.push(suite(xml, element));
        return;
    }
    for child in &element.children {
        collect(xml, child, suites);
    }
}

fn suite(xml: &Xml<'_>, element: &Element) -> Suite {
    let mut suite = Suite {
        name: element.attribute("name").to_owned(),
        package: element.attribute("package").to_owned(),
        properties: element.attributes.clone(),
        tests: Vec::new(),
        suites: Vec::new(),
        stdout: String::new(),
        stderr: String::new(),
        totals: Totals::default(),
    };
    for child in &element.children {
        match child.name.as_str() {
            "testsuite" => suite.suites.push(self::suite(xml, child)),
            "testcase" => suite.tests.push(test(xml, child)),
            // Its own properties take the place of the attributes, as in the reference.
            "properties" => suite.properties = properties(child).collect(),
            "system-out" => suite.stdout = xml.content(child),
            "system-err" => suite.stderr = xml.content(child),
            _ => {}
        }
    }
    for test in &suite.tests {
        suite.totals.add(test);
    }
    for inner in &suite.suites {
        suite.totals.join(inner.totals);
    }
    suite
}

fn properties(element: &Element) -> impl Iterator<Item = (String, String)> + '_ {
    let properties = element.children.iter().filter(|child| child.name == "property");
    properties.map(|property| (property.attribute("name").to_owned(), property.attribute("value").to_owned()))
}

fn test(xml: &Xml<'_>, element: &Element) -> Test {
    let mut test = Test {
        name: element.attribute("name").to_owned(),
        classname: element.attribute("classname").to_owned(),
        duration: nanoseconds(element.attribute("time")),
        status: Status::Passed,
        message: String::new(),
        error: None,
        properties: element.attributes.clone(),
        stdout: String::new(),
        stderr: String::new(),
    };
    for child in &element.children {
        match child.name.as_str() {
            "skipped" => test.end(Status::Skipped, child, None),
            "failure" => test.end(Status::Failed, child, Some(failure(xml, child))),
            "error" => test.end(Status::Error, child, Some(failure(xml, child))),
            "properties" => test.properties.extend(properties(child)),
            "system-out" => test.stdout = xml.content(child),
            "system-err" => test.stderr = xml.content(child),
            _ => {}
        }
    }
    test
}

fn failure(xml: &Xml<'_>, element: &Element) -> Failure {
    Failure {
        message: element.attribute("message").to_owned(),
        class: element.attribute("type").to_owned(),
        body: xml.content(element),
    }
}

impl Test {
    fn end(&mut self, status: Status, element: &Element, error: Option<Failure>) {
        element.attribute("message").clone_into(&mut self.message);
        self.status = status;
        self.error = error.or(self.error.take());
    }
}

impl Totals {
    fn add(&mut self, test: &Test) {
        self.tests += 1;
        self.duration = self.duration.saturating_add(test.duration);
        *match test.status {
            Status::Passed => &mut self.passed,
            Status::Skipped => &mut self.skipped,
            Status::Failed => &mut self.failed,
            Status::Error => &mut self.error,
        } += 1;
    }

    fn join(&mut self, inner: Self) {
        self.tests += inner.tests;
        self.passed += inner.passed;
        self.skipped += inner.skipped;
        self.failed += inner.failed;
        self.error += inner.error;
        self.duration = self.duration.saturating_add(inner.duration);
    }
}

/// Seconds as text, with or without thousands separators; what is no number counts as no time.
fn nanoseconds(seconds: &str) -> i64 {
    let seconds: f64 = seconds.trim().replace(',', "").parse().unwrap_or(0.0);
    // Whole microseconds: finer digits are an artefact of the binary fraction.
    #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates, and not-a-number becomes 0")]
    let microseconds = (seconds * 1e6).round() as i64;
    microseconds.saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_read_as_it_is_written() {
        for (text, expected) in [
            ("2.113871", 2_113_871_000),
            ("1,234.5", 1_234_500_000_000),
            ("", 0),
            ("soon", 0),
            ("NaN", 0),
            ("1e99", i64::MAX),
        ] {
            assert_eq!(nanoseconds(text), expected, "{text}");
        }
    }

    #[test]
    fn a_test_ends_in_one_way() {
        let text = b"<testsuites><testsuite name='s'><properties><property name='p' value='v'/></properties>\
            <testcase name='a'><skipped message='later'/></testcase>\
            <testcase name='b'><error type='E' message='m'>trace &lt;<![CDATA[1]]></error><system-out>o</system-out></testcase>\
            </testsuite></testsuites>";
        let xml = crate::xml::parse(text).unwrap();
        let seen = serde_json::to_value(find(&xml)).unwrap();
        assert_eq!(seen[0]["properties"], serde_json::json!({"p": "v"}));
        assert_eq!(seen[0]["tests"][0]["message"], "later");
        assert_eq!(seen[0]["tests"][1]["error"], serde_json::json!({"type": "E", "message": "m", "body": "trace <1"}));
        assert_eq!(seen[0]["tests"][1]["stdout"], "o");
        let totals = serde_json::json!({"tests": 2, "passed": 0, "skipped": 1, "failed": 0, "error": 1, "duration": 0});
        assert_eq!(seen[0]["totals"], totals);
    }
}
