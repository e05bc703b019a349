//! A plane in a folder of its own, with organizations `default` and `acme`.

pub(crate) mod doubles;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use assay_app::tokens::TokenRequest;
use assay_app::{App, Settings, authenticate, orgs, tokens};
use assay_base::{Clock, Digest, Entropy, Timestamp, Token};
use assay_cas::LocalStore;
use assay_model::{Enforcement, Role};
use assay_ports::{EvaluationRequest, Evaluator, ScriptError, ScriptRun};
use assay_server::Options;
use assay_signer::{LocalAuthority, MasterKey};
use assay_storage::Sqlite;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, header};
use bytes::Bytes;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Notify, Semaphore};
use tower::ServiceExt as _;

use self::doubles::{NoWay, Reversed, Scripted};

pub(crate) struct Plane {
    pub(crate) owner: String,
    pub(crate) app: App,
    pub(crate) plugins: Arc<Scripted>,
    router: Router,
    folder: TempDir,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The problem that it is.
    pub(crate) fn problem(&self) -> Value {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        problem
    }
}

impl Plane {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let plugins = Arc::new(Scripted::new());
        let app = App { plugins: Arc::<Scripted>::clone(&plugins), ..app(folder.path()).await };
        let kept = Mutex::default();
        let keep = |token: &Token| {
            token.expose().clone_into(&mut kept.lock().unwrap());
            Ok::<(), Box<dyn Error>>(())
        };
        orgs::create_first(&app, "default".parse().unwrap(), keep).await.unwrap();
        let owner = kept.into_inner().unwrap();
        let caller = authenticate(&app, &owner).await.unwrap();
        orgs::create(&app, &caller, "acme".parse().unwrap()).await.unwrap();
        let router = assay_server::router(app.clone(), Options::default());
        Self { owner, app, plugins, router, folder }
    }

    /// A token of `default`.
    pub(crate) async fn token(&self, role: Role) -> String {
        self.token_of(role, None).await
    }

    /// A token of `default`, of one project of it if one is named.
    pub(crate) async fn token_of(&self, role: Role, project: Option<&str>) -> String {
        let caller = authenticate(&self.app, &self.owner).await.unwrap();
        let name = format!("a-{role}{}", project.map(|p| format!("-of-{p}")).unwrap_or_default()).parse().unwrap();
        let project = project.map(|name| name.parse().unwrap());
        let request = TokenRequest { name, role, project, lives: None };
        tokens::create(&self.app, &caller, request).await.unwrap().0.expose().to_owned()
    }

    /// An open run of `default`, its id.
    pub(crate) async fn open_run(&self) -> String {
        let request = Request::post("/v1/orgs/default/runs")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.owner))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(json!({"workflow": "w", "project": "p"}).to_string()));
        let answer = self.send(request.unwrap()).await;
        assert_eq!(answer.status, 201);
        answer.json()["run_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        self.try_send(request).await.unwrap()
    }

    /// The answer, or why its body ended early.
    pub(crate) async fn try_send(&self, request: Request<Body>) -> Result<Answer, Box<dyn Error>> {
        let response = self.router.clone().oneshot(request).await?;
        let (parts, body) = response.into_parts();
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body: to_bytes(body, usize::MAX).await? })
    }

    /// Changes a stored blob behind the server's back.
    pub(crate) fn damage(&self, content: &[u8]) {
        let hex = Digest::of(content).hex();
        let path = find(self.folder.path(), &hex[2..]).unwrap();
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, vec![b'?'; content.len()]).unwrap();
    }
}

/// The use cases on what is in `folder`.
pub(crate) async fn app(folder: &Path) -> App {
    let entropy = Arc::new(Words::default());
    let master = MasterKey::generate(&*entropy);
    App {
        repositories: Arc::new(Sqlite::open(&folder.join("assay.db")).await.unwrap()),
        blobs: Arc::new(LocalStore::open(&folder.join("blobs")).unwrap()),
        evaluator: Arc::new(NoPolicies),
        authority: Arc::new(LocalAuthority::new(master, Arc::<Words>::clone(&entropy))),
        plugins: Arc::new(Scripted::new()),
        egress: Arc::new(NoWay),
        vault: Arc::new(Reversed),
        clock: Arc::new(Wall),
        entropy,
        evaluations: Arc::new(Semaphore::new(1)),
        deliveries_due: Arc::new(Notify::new()),
        settings: Arc::new(Settings {
            public_url: "http://127.0.0.1".to_owned(),
            run_ttl: Duration::from_hours(1),
            judging_wait: Duration::from_secs(10),
            blob_ttl: Duration::from_hours(1),
            default_enforcement: Enforcement::Enforce,
        }),
    }
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find_map(|path| if path.is_dir() { find(&path, name) } else { path.ends_with(name).then_some(path) })
}

struct Wall;

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap())
    }
}

/// Not random at all, but never the same twice.
#[derive(Default)]
struct Words(Mutex<u64>);

impl Entropy for Words {
    fn fill(&self, buffer: &mut [u8]) {
        let mut count = self.0.lock().unwrap();
        *count += 1;
        let digest = Digest::of(&count.to_be_bytes());
        for (byte, word) in buffer.iter_mut().zip(digest.as_bytes().iter().cycle()) {
            *byte = *word;
        }
    }
}

/// These tests judge nothing.
struct NoPolicies;

impl Evaluator for NoPolicies {
    fn digest(&self) -> Digest {
        Digest::of(b"")
    }

    fn evaluate(&self, _: &EvaluationRequest) -> Vec<ScriptRun> {
        vec![]
    }

    fn check(&self, _: &str) -> Result<(), ScriptError> {
        Ok(())
    }
}
