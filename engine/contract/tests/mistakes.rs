//! Every mistake of `data/mistakes.tsv` is told with its code, at its place, with the words that help.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use assay_contract::{Color, parse_all, render};

#[test]
fn mistakes_are_shown_where_they_are() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let table = fs::read_to_string(data.join("mistakes.tsv")).unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in table.lines().skip(1) {
        let [file, line, column, code, word] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let text = fs::read_to_string(data.join("mistakes").join(file)).unwrap();
        let errors = parse_all(&text).expect_err(file).diagnostics;
        let same =
            |wanted: &str, found: Option<u32>| wanted == "-" || Some(wanted) == found.map(|n| n.to_string()).as_deref();
        let found = errors.iter().any(|e| {
            let says = format!("{} {}", e.message, e.hint.as_deref().unwrap_or_default());
            e.code == code && same(line, e.place.line) && same(column, e.place.column) && says.contains(word)
        });
        if !found {
            wrong.push(format!("{row}\n    {errors:#?}"));
        }
        let human = render(&errors, &text, file, Color::Plain);
        assert!(line == "-" || human.contains('^') && human.contains(line), "{human}");
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(count, fs::read_dir(data.join("mistakes")).unwrap().count(), "a file is not in the table");
}

#[test]
fn all_mistakes_are_told_in_the_order_of_the_text() {
    let text = "apiVersion: chainloop.dev/v1\nkind: Contract\nmetadata: {name: C}\nspec:\n  runner: {type: x}\n  \
                materials:\n    - {type: y, name: Z, nmae: a}\n    - 7\n";
    let errors = parse_all(text).unwrap_err();
    let found: Vec<_> = errors.diagnostics.iter().map(|e| (e.place.line.unwrap(), e.code)).collect();
    assert_eq!(
        found,
        [
            (3, "bad-name"),
            (5, "unknown-value"),
            (7, "unknown-value"),
            (7, "bad-name"),
            (7, "unknown-key"),
            (8, "wrong-type")
        ]
    );
    assert_eq!(errors.diagnostics[4].place.pointer.as_deref(), Some("/spec/materials/0/nmae"));
}

#[test]
fn a_key_that_stands_twice_has_a_pointer() {
    for text in ["a:\n- b: 1\n- {c: 1, c: 2}\n", "{\"a\": [{\"b\": 1}, {\"c\": 1, \"c\": 2}]}"] {
        let errors = parse_all(text).unwrap_err().diagnostics;
        assert!(errors.iter().any(|e| e.place.pointer.as_deref() == Some("/a/1/c")), "{errors:?}");
    }
}

#[test]
fn hostile_documents_are_refused_quickly() {
    let many = |unit: &str, count: usize| unit.repeat(count);
    let lines = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<Vec<_>>().join("\n");
    let bomb = lines(26, &|i| match i {
        0 => "k0: &k0 [x,x,x,x,x,x,x,x,x]".to_owned(),
        _ => format!("k{i}: &k{i} [{}]", vec![format!("*k{}", i - 1); 9].join(",")),
    });
    let block = lines(2_000, &|depth| format!("{}a:", " ".repeat(depth)));
    let cases = [
        ("alias bomb", bomb, "document-anchor"),
        ("deep list", format!("a: {}{}", many("[", 20_000), many("]", 20_000)), "document-depth"),
        ("deep mapping", format!("a: {}", many("{a: ", 20_000)), "document-depth"),
        ("deep JSON", format!("{}{}", many("[", 20_000), many("]", 20_000)), "document-depth"),
        ("deep JSON objects", many("{\"a\":", 200_000), "document-depth"),
        ("deep block", block, "document-depth"),
        ("deep dashes", many("- ", 100_000), "document-depth"),
        ("too large", many("x", (4 << 20) + 1), "document-size"),
        ("many items", many("- a\n", 1 << 20), "document-nodes"),
        ("many items of JSON", format!("[{}1]", many("1,", 2_000_000)), "document-nodes"),
        ("many keys", lines(400_000, &|i| format!("k{i}: ")), "document-nodes"),
        ("many documents", many("---\na\n", 600_000), "document-nodes"),
        ("many anchors", many("- &a b\n", 500_000), "document-anchor"),
        ("controls", many("\u{0}\u{1}", 2 << 20), ""),
        ("quotes", many("'", 4 << 20), ""),
        ("open quote", format!("\"{}", many("\\", (4 << 20) - 1)), ""),
        ("colons", many(":", 4 << 20), ""),
        ("question marks", many("? ", 2 << 20), ""),
        ("long line", many("x", 4 << 20), "wrong-type"),
        ("long key", format!("{}: a", many("x", (4 << 20) - 3)), ""),
        ("literal", format!("a: |\n{}", many(" \n", 2 << 20)), ""),
        ("comments", many("#\n", 2 << 20), "document-empty"),
        ("exclamation marks", many("!", 4 << 20), ""),
        ("braces", many("{}", 2 << 20), ""),
        ("pairs", format!("[{}", many("a: b, ", 600_000)), ""),
    ];
    for (name, text, code) in cases {
        let start = Instant::now();
        let errors = parse_all(&text).expect_err(name).diagnostics;
        let shown = render(&errors, &text, name, Color::Plain);
        let took = start.elapsed();
        assert!(code.is_empty() || errors[0].code == code, "{name}: {errors:?}");
        assert!(took < Duration::from_secs(2), "{name} took {took:?}");
        assert!(errors.len() <= 100 && shown.len() < 200_000, "{name}: {} bytes", shown.len());
    }
}
