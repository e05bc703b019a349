//! An integration that does whatever its caller tells it to, above all what no integration may: the tests of the sandbox and the
//! benchmark call it.
//!
//! The input of `attach` is a text in JSON, whose words are a command and its arguments.
//!
//! **Must not know:** anything beside the WIT package.
#![cfg(target_arch = "wasm32")]

mod bindings {
    #![expect(unsafe_code, reason = "the functions of a component have addresses for arguments")]
    #![expect(missing_docs, reason = "generated code")]

    wit_bindgen::generate!({ path: "../../../sdk-plugin/wit", world: "plugin" });

    export!(Hostile);

    use crate::Hostile;
}

use std::hint::black_box;

use bindings::assay::integration::blob::Blob;
use bindings::assay::integration::http::{self, Body, Encoding, Part, Request, Source, Target};
use bindings::assay::integration::smtp::{self, Email};
use bindings::assay::integration::types::{Error, Failure};
use bindings::assay::integration::{log, state};
use bindings::exports::assay::integration::handler::{Guest, Task};

/// The integration.
struct Hostile;

type Answer = Result<String, Error>;

impl Guest for Hostile {
    fn describe() -> String {
        include_str!("manifest.json").to_owned()
    }

    fn register(_context: String, input: String) -> Answer {
        Ok(input)
    }

    fn attach(_context: String, _registration: String, input: String) -> Answer {
        // A picture of a line break stands for one.
        let input = input.replace('\u{240a}', "\n");
        let mut words = input.trim_matches('"').split(' ');
        let command = words.next().unwrap_or_default();
        let words: Vec<&str> = words.collect();
        obey(command, &words)
    }

    fn execute(task: Task) -> Answer {
        log::write(log::Level::Info, "delivers", &[("metadata".to_owned(), task.envelope.metadata())]);
        let mut read = vec![];
        for material in &task.materials {
            material.rewind();
            read.push(read_all(material)?.len());
        }
        let parts = task.materials.iter().map(|material| Part {
            name: "bom".to_owned(),
            filename: Some("sbom.json".to_owned()),
            content_type: "application/json".to_owned(),
            source: Source::Blob((material, Encoding::Identity)),
        });
        let parts = Body::Multipart(parts.collect());
        let body = send("POST", Target::Endpoint(("api".to_owned(), "/api/bom".to_owned())), parts, &["key"])?;
        Ok(format!("{{\"read\":{read:?},\"answer\":{}}}", text(&body)))
    }
}

fn obey(command: &str, words: &[&str]) -> Answer {
    match (command, words) {
        ("nothing", _) => Ok("{}".to_owned()),
        ("loop", _) => spin(),
        ("memory", _) => eat(),
        ("recurse", _) => Ok(descend(&[1; 64]).to_string()),
        ("panic", _) => panic!("on purpose"),
        ("answer", [size]) => Ok(text(&"x".repeat(size.parse().unwrap_or_default()))),
        ("garbage", _) => Ok("not JSON".to_owned()),
        ("flood", [lines]) => Ok(flood(lines.parse().unwrap_or_default())),
        ("url", [method, url]) => answered(send(method, Target::Url((*url).to_owned()), Body::None, &[])),
        ("steal", [url]) => answered(send("POST", Target::Url((*url).to_owned()), Body::None, &["key"])),
        ("echo", [slot, suffix]) => echo(slot, suffix),
        ("header", [name, value]) => header(name, value),
        ("leak", [count]) => leak(count.parse().unwrap_or_default()),
        ("requests", [count]) => requests(count.parse().unwrap_or_default()),
        ("state", [key, value]) => remember(key, value),
        ("mail", [slot, to]) => mail(slot, to),
        _ => Err(failed("unknown", command)),
    }
}

fn spin() -> ! {
    let mut i = 0_u64;
    loop {
        i = black_box(i.wrapping_add(1));
    }
}

fn eat() -> Answer {
    let mut eaten = vec![];
    loop {
        eaten.push(black_box(vec![7_u8; 1 << 20]));
    }
}

#[expect(unconditional_recursion, reason = "that is what it is for")]
fn descend(above: &[u64; 64]) -> u64 {
    let here = black_box([above[0] + 1; 64]);
    descend(&here) + above[1]
}

fn flood(lines: usize) -> String {
    let line = "all work and no play ".repeat(500);
    for _ in 0..lines {
        log::write(log::Level::Debug, &line, &[]);
    }
    "{}".to_owned()
}

/// Gives what came back in every way that there is: as an answer, in the log, and as what is remembered.
fn echo(slot: &str, suffix: &str) -> Answer {
    let target = Target::Endpoint((slot.to_owned(), suffix.to_owned()));
    let body = send("POST", target, Body::Raw(Source::Text("{}".to_owned())), &["key"])?;
    log::write(log::Level::Warn, &body, &[("body".to_owned(), body.clone())]);
    let kept = body.get(..body.len().min(4_000)).unwrap_or_default();
    state::set("echo", Some(kept)).map_err(|reason| failed("state", &reason))?;
    match suffix {
        "/api/fail" => Err(failed("echo", &body)),
        "/api/tail" => Ok(text(body.get(body.len().saturating_sub(40)..).unwrap_or_default())),
        _ => Ok(text(&body)),
    }
}

fn header(name: &str, value: &str) -> Answer {
    let mut request = request("POST", Target::Endpoint(("api".to_owned(), String::new())), Body::None, &[]);
    request.headers.push((name.to_owned(), value.to_owned()));
    answered(read(request))
}

/// Holds on to every answer.
fn leak(requests: usize) -> Answer {
    for _ in 0..requests {
        let target = Target::Endpoint(("api".to_owned(), String::new()));
        let response = http::send(&request("POST", target, Body::None, &[])).map_err(denied)?;
        std::mem::forget(response.body);
    }
    Ok("{}".to_owned())
}

fn requests(requests: usize) -> Answer {
    for _ in 0..requests {
        send("POST", Target::Endpoint(("api".to_owned(), String::new())), Body::None, &[])?;
    }
    Ok("{}".to_owned())
}

fn remember(key: &str, value: &str) -> Answer {
    state::set(key, Some(value)).map_err(|reason| failed("state", &reason))?;
    let value = state::get(key).map_err(|reason| failed("state", &reason))?;
    Ok(text(&value.unwrap_or_default()))
}

fn mail(slot: &str, to: &str) -> Answer {
    let email = Email {
        to: vec![to.to_owned()],
        cc: vec![],
        subject: "hello".to_owned(),
        text: Some("world".to_owned()),
        html: None,
        attachments: vec![],
    };
    match smtp::send(slot, &email) {
        Ok(line) => Ok(text(&line)),
        Err(error) => Err(failed("mail", &format!("{error:?}"))),
    }
}

fn send(method: &str, target: Target, body: Body<'_>, auth: &[&str]) -> Result<String, Error> {
    read(request(method, target, body, auth))
}

fn request<'a>(method: &str, target: Target, body: Body<'a>, auth: &[&str]) -> Request<'a> {
    let auth = auth.iter().map(|&slot| slot.to_owned()).collect();
    Request { method: method.to_owned(), target, headers: vec![], body, auth, timeout_ms: None }
}

fn read(request: Request<'_>) -> Result<String, Error> {
    let response = http::send(&request).map_err(denied)?;
    if let (300..400, Some((_, location))) =
        (response.status, response.headers.iter().find(|(name, _)| name == "location"))
    {
        return send("GET", Target::Url(location.clone()), Body::None, &["key"]);
    }
    let body = read_all(&response.body)?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}

fn read_all(blob: &Blob) -> Result<Vec<u8>, Error> {
    let mut all = vec![];
    loop {
        let bytes = blob.read(1 << 20).map_err(|reason| failed("blob", &reason))?;
        if bytes.is_empty() {
            return Ok(all);
        }
        all.extend(bytes);
    }
}

fn answered(body: Result<String, Error>) -> Answer {
    body.map(|body| text(&body))
}

fn denied(error: http::HttpError) -> Error {
    failed("http", &format!("{error:?}"))
}

fn failed(code: &str, message: &str) -> Error {
    Error::Permanent(Failure { code: code.to_owned(), message: message.to_owned() })
}

/// A text in JSON.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
