use std::io::stderr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use assay_egress::Policy;
use assay_server::{Metrics, MetricsPlace, Options, Tls};
use assay_wire::Exit;
use clap::ValueEnum;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::compose::{DataDir, MasterKeyFrom, Plane};
use crate::config::{PlainHttp, ServerUrl};
use crate::context::Ctx;
use crate::error::CliError;
use crate::files::{self, Limit};

/// Run the server: one process on one data directory
///
/// When it is ready it prints one line, `ready URL`, on standard output; its log goes to standard error. The first start
/// writes the owner's token to `owner.token` in the data directory. SIGTERM and SIGINT let requests finish and end it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  assay serve\n  assay serve --data-dir /var/lib/assay --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem --public-url https://assay.example.com\n\nEnvironment:\n  ASSAY_DATA_DIR, ASSAY_SECRETS_KEY_FILE (the master key, else secrets.key in the data directory),\n  ASSAY_EGRESS_ALLOW, ASSAY_LOG (what is logged, for example debug or assay_server=debug,warn)"
)]
#[expect(clippy::doc_markdown, reason = "the comments are the help, which has no markup")]
pub(crate) struct Args {
    /// The folder with everything that it keeps [env: ASSAY_DATA_DIR] [default: assay in XDG_DATA_HOME]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Where it listens; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The certificate chain for HTTPS, PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key for HTTPS, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// The URL that clients know it by, which certificates name [default: the address of the first start]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// A destination that integrations may reach although it is no public address [env: ASSAY_EGRESS_ALLOW, a comma list]
    ///
    /// An address, a range or a name, each with a port or without. Give it once for each destination. Public addresses need no
    /// permission; link-local ones and those of metadata services are never reached.
    #[arg(long = "egress-allow", value_name = "CIDR|HOST[:PORT]")]
    egress_allow: Vec<String>,
    /// Answer /metrics here instead
    #[arg(long, value_name = "ADDR:PORT")]
    metrics_listen: Option<SocketAddr>,
    /// The form of the log
    #[arg(long, value_enum, value_name = "FORM", default_value = "text")]
    log: LogForm,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogForm {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Fewest threads that serve requests: one that is busy leaves another.
const WORKERS: usize = 2;
/// How long work that cannot be interrupted may hold up the end of the process.
const REST: Duration = Duration::from_secs(2);
/// What is logged when nobody says.
const LOGGED: &str = "info";

pub(crate) fn run(ctx: &Ctx, args: &Args) -> Result<Exit, CliError> {
    accept_plain_http(ctx, args)?;
    let permitted = permitted(ctx, args)?;
    // Whatever makes a file from here on makes it for its owner only.
    umask(rustix::fs::Mode::from_raw_mode(0o077));
    raise_file_limit();
    start_log(ctx, args.log)?;
    let dir = DataDir::open(&data_dir(ctx, args)?)?;
    let runtime = runtime()?;
    let ended = runtime.block_on(serve(ctx, args, &dir, permitted));
    runtime.shutdown_timeout(REST);
    ended.map(|()| Exit::Ok)
}

async fn serve(ctx: &Ctx, args: &Args, dir: &DataDir, permitted: Policy) -> Result<(), CliError> {
    let signals = (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);
    let tls = tls(args)?;
    let listener = listen(args.listen).await?;
    let url = bound_url(&listener, tls.is_some())?;
    let keys = ctx.env.get("ASSAY_SECRETS_KEY_FILE").map(PathBuf::from);
    let keys = keys.as_deref().map_or(MasterKeyFrom::DataDir, MasterKeyFrom::File);
    let plane = Plane::open(dir, keys, public_url(args, dir, &url)?, permitted).await?;
    plane.prepare(dir).await?;
    let metrics = Metrics::new();
    let shutdown = CancellationToken::new();
    let metrics_place = match args.metrics_listen {
        None => MetricsPlace::Here,
        Some(address) => {
            let listener = listen(address).await?;
            tracing::info!(url = bound_url(&listener, false)?, "metrics");
            let router = assay_server::metrics_router(&metrics);
            tokio::spawn(assay_server::serve(listener, router, None, shutdown.clone()));
            MetricsPlace::Elsewhere
        }
    };
    let router = assay_server::router(plane.app.clone(), Options { metrics: metrics.clone(), metrics_place });
    let upkeep = tokio::spawn(assay_server::upkeep(plane.app.clone(), metrics, shutdown.clone()));
    tokio::spawn(stop(signals, shutdown.clone()));
    tracing::info!(%url, version = env!("CARGO_PKG_VERSION"), "ready");
    ctx.ui.bytes(format!("ready {url}\n").as_bytes())?;
    assay_server::serve(listener, router, tls, shutdown).await;
    if let Err(error) = upkeep.await {
        tracing::error!(error = &error as &dyn std::error::Error, "the upkeep ended early");
    }
    plane.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// The destinations that the operator permits: those of the command line, else those of the environment.
fn permitted(ctx: &Ctx, args: &Args) -> Result<Policy, CliError> {
    let listed = || {
        let entries = ctx.env.get("ASSAY_EGRESS_ALLOW").unwrap_or_default().split(',').map(str::trim);
        entries.filter(|entry| !entry.is_empty()).map(ToOwned::to_owned).collect()
    };
    let entries: Vec<_> = if args.egress_allow.is_empty() { listed() } else { args.egress_allow.clone() };
    Policy::parse(&entries).map_err(|error| {
        CliError::new(Exit::Invalid, "egress-allow", "a destination cannot be permitted").because(error)
    })
}

/// Tokens do not travel unencrypted beyond this machine unless somebody says that they may.
fn accept_plain_http(ctx: &Ctx, args: &Args) -> Result<(), CliError> {
    let plain = args.tls_cert.is_none() && !args.listen.ip().is_loopback();
    if plain && ctx.globals.plain_http() == PlainHttp::LoopbackOnly {
        let message = format!("tokens would travel to `{}` unencrypted", args.listen);
        let hint = "give --tls-cert and --tls-key, or --insecure-http behind a proxy or on a network that you trust";
        return Err(CliError::new(Exit::Invalid, "insecure-http", message).hint(hint));
    }
    Ok(())
}

/// A connection is an open file. What the system lets a process have at once is often less than it would on request.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    // Where it is refused there are fewer connections at a time, and nothing else is different.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

fn start_log(ctx: &Ctx, form: LogForm) -> Result<(), CliError> {
    let wrong = |error| CliError::usage("ASSAY_LOG is no filter").because(error);
    let filter = EnvFilter::try_new(ctx.env.get("ASSAY_LOG").unwrap_or(LOGGED)).map_err(wrong)?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_ansi(false);
    let started = match form {
        LogForm::Json => log.json().flatten_event(true).with_span_list(false).try_init(),
        LogForm::Text => log.try_init(),
    };
    started.map_err(|error| CliError::new(Exit::Unexpected, "log", "the log cannot be started").because(error))
}

/// The folder that is said, else the one of the XDG Base Directory Specification.
fn data_dir(ctx: &Ctx, args: &Args) -> Result<PathBuf, CliError> {
    let absolute = |name| ctx.env.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let given = args.data_dir.clone().or_else(|| ctx.env.get("ASSAY_DATA_DIR").map(PathBuf::from));
    let base = || absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")));
    given.or_else(|| Some(base()?.join("assay"))).ok_or_else(|| {
        CliError::usage("there is no place for the data").hint("say --data-dir, or set ASSAY_DATA_DIR or HOME")
    })
}

fn runtime() -> Result<Runtime, CliError> {
    let workers = std::thread::available_parallelism().map_or(WORKERS, |cores| cores.get().max(WORKERS));
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    built.map_err(|error| CliError::new(Exit::Unexpected, "start", "no threads can be started").because(error))
}

fn on(kind: SignalKind) -> Result<Signal, CliError> {
    signal(kind).map_err(|error| CliError::new(Exit::Unexpected, "start", "signals cannot be heard").because(error))
}

async fn stop((mut terminate, mut interrupt): (Signal, Signal), shutdown: CancellationToken) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    shutdown.cancel();
}

fn tls(args: &Args) -> Result<Option<Tls>, CliError> {
    let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) else { return Ok(None) };
    let read = |path| files::given_bytes(path, Limit::CHAIN);
    let tls = Tls::from_pem(&read(certificate)?, &read(key)?);
    tls.map(Some).map_err(|error| CliError::new(Exit::Invalid, "tls", "HTTPS cannot be served").because(error))
}

async fn listen(address: SocketAddr) -> Result<TcpListener, CliError> {
    TcpListener::bind(address).await.map_err(|error| {
        let message = format!("cannot listen on `{address}`");
        CliError::new(Exit::Unexpected, "listen", message).because(error).hint("choose another address with --listen")
    })
}

fn bound_url(listener: &TcpListener, encrypted: bool) -> Result<String, CliError> {
    let unknown = |error| CliError::new(Exit::Unexpected, "listen", "the address is not known").because(error);
    let address = listener.local_addr().map_err(unknown)?;
    Ok(format!("{}://{address}", if encrypted { "https" } else { "http" }))
}

fn public_url(args: &Args, dir: &DataDir, bound: &str) -> Result<String, CliError> {
    match &args.public_url {
        // It names the server and is not called: plain HTTP is no danger here.
        Some(text) => Ok(ServerUrl::parse(text, PlainHttp::Anywhere)?.to_string()),
        None => dir.public_url(bound),
    }
}
