//! The comparison: a plugin that is a process, and speaks documents of JSON with their length before them over a Unix socket.
//! A real one does more (handshake, TLS, its own HTTP client), so these figures are the least that it costs.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{memory_of, row};

const CALLS: usize = 20_000;
const STARTS: usize = 100;

/// The plugin.
pub(crate) fn serve(socket: &str) {
    let mut stream = UnixStream::connect(socket).unwrap();
    while let Some(request) = read(&mut stream) {
        let answer = json!({"id": request["id"], "outcome": {"read": [1000], "answer": "{}"}});
        write(&mut stream, &answer);
    }
}

/// The host.
pub(crate) fn bench() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("plugin.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let (mut child, mut stream) = start(&listener, &socket);
    let times = (0..CALLS).map(|id| call(&mut stream, id)).collect();
    row("the same call of a process that runs already", times);
    println!(
        "memory of that process: {:.1} MiB",
        f64::from(u32::try_from(memory_of(&child.id().to_string())).unwrap()) / 1024.0
    );
    drop(stream);
    child.wait().unwrap();
    let starts = (0..STARTS).map(|id| {
        let started = Instant::now();
        let (mut child, mut stream) = start(&listener, &socket);
        call(&mut stream, id);
        drop(stream);
        child.wait().unwrap();
        started.elapsed()
    });
    row("the same call of a process that is started for it", starts.collect());
}

fn start(listener: &UnixListener, socket: &Path) -> (Child, UnixStream) {
    let program = std::env::current_exe().unwrap();
    let child = Command::new(program).arg("plugin-process").arg(socket).spawn().unwrap();
    let (stream, _) = listener.accept().unwrap();
    (child, stream)
}

fn call(stream: &mut UnixStream, id: usize) -> Duration {
    let context = json!({"delivery_id": "d", "now": "2026-01-01T00:00:00Z"});
    let started = Instant::now();
    write(stream, &json!({"id": id, "function": "execute", "context": context, "registration": {}, "attachment": {}}));
    assert_eq!(read(stream).unwrap()["id"], json!(id));
    started.elapsed()
}

fn write(stream: &mut UnixStream, document: &Value) {
    let text = document.to_string();
    let mut message = u32::try_from(text.len()).unwrap().to_be_bytes().to_vec();
    message.extend(text.as_bytes());
    stream.write_all(&message).unwrap();
}

fn read(stream: &mut UnixStream) -> Option<Value> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).ok()?;
    let mut bytes = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
    stream.read_exact(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}
