use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// What came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) at: Instant,
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    /// Lower-case names.
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

/// What is answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    /// It is held back for so long.
    pub(crate) after: Duration,
}

impl Answer {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub(crate) fn json(body: &str) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", "application/json".to_owned())],
            body: body.to_owned(),
            ..Self::default()
        }
    }
}

type Answering = dyn Fn(&Request) -> Answer + Send + Sync;

/// A destination on loopback that behaves as told and remembers what came.
pub(crate) struct HttpSink {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    answering: Arc<Mutex<Arc<Answering>>>,
}

impl HttpSink {
    pub(crate) fn start(answering: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sink = Self { url, requests: Arc::default(), answering: Arc::new(Mutex::new(Arc::new(answering))) };
        let (requests, answering) = (Arc::clone(&sink.requests), Arc::clone(&sink.answering));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (requests, answering) = (Arc::clone(&requests), Arc::clone(&answering));
                // A client that goes away in the middle is one of the cases.
                thread::spawn(move || drop(serve(&stream, &requests, &answering)));
            }
        });
        sink
    }

    /// From now on it answers like this.
    pub(crate) fn answer(&self, answering: impl Fn(&Request) -> Answer + Send + Sync + 'static) {
        *self.answering.lock().unwrap() = Arc::new(answering);
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(stream: &TcpStream, requests: &Mutex<Vec<Request>>, answering: &Mutex<Arc<Answering>>) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader)? {
        requests.lock().unwrap().push(request.clone());
        let answering = Arc::clone(&answering.lock().unwrap());
        let answer = answering(&request);
        thread::sleep(answer.after);
        let own = ("content-length", answer.body.len().to_string());
        let headers = answer.headers.iter().chain([&own]).map(|(name, value)| format!("{name}: {value}\r\n"));
        let head = format!("HTTP/1.1 {} told\r\n{}", answer.status, headers.collect::<String>());
        let mut out = stream;
        out.write_all(format!("{head}\r\n").as_bytes())?;
        if request.method != "HEAD" {
            out.write_all(answer.body.as_bytes())?;
        }
    }
    Ok(())
}

fn read(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let first = line(reader)?;
    let mut words = first.split(' ').map(str::to_owned);
    let (Some(method), Some(path)) = (words.next().filter(|m| !m.is_empty()), words.next()) else { return Ok(None) };
    let mut headers = Vec::new();
    loop {
        let header = line(reader)?;
        let Some((name, value)) = header.split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request { at: Instant::now(), method, path, headers, body: Vec::new() };
    request.body = match request.header("transfer-encoding") {
        "chunked" => chunked(reader)?,
        _ => exactly(reader, request.header("content-length").parse().unwrap_or(0))?,
    };
    Ok(Some(request))
}

fn chunked(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = usize::from_str_radix(line(reader)?.split(';').next().unwrap_or_default(), 16);
        let size = size.map_err(io::Error::other)?;
        body.extend(exactly(reader, size)?);
        line(reader)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn exactly(reader: &mut impl Read, size: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; size];
    reader.read_exact(&mut bytes).map(|()| bytes)
}

/// A line without its end.
fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
