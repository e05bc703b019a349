use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use assay_base::{Digest, Secret};
use assay_integration::Manifest;
use assay_ports::{
    BuiltinIntegration, CallReport, Egress, Function, Installable, PluginCall, PluginError, PluginRuntime,
};
use assay_sandbox::{ComponentArtifact, ComponentSandbox, GuestThreads, Hosted};
use async_trait::async_trait;
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};
use wasmtime::component::Linker;

use crate::artifacts::Artifacts;
use crate::bindings::Host_;
use crate::call::{Call, Running};
use crate::loaded::{Loaded, NotLoaded, World};
use crate::{PluginHostError, install};

/// Most calls at a time; more wait. The dispatcher has 64 in flight, the rest is for what somebody waits for.
const CALLS: u32 = 96;

/// Most calls at a time for somebody who waits: they leave the deliveries their part.
const FOR_PEOPLE: usize = 32;

/// Most machine code that is kept loaded, in bytes, beside that of the executable itself.
const LOADED_BYTES: usize = 256 << 20;

/// What the host is made of.
pub struct Setup {
    /// The way out.
    pub egress: Arc<dyn Egress>,
    /// The integrations that are part of the executable.
    pub builtins: Vec<Builtin>,
    /// Where compiled components are kept. Only the service may write there; what others write there is not loaded.
    pub folder: PathBuf,
    /// The key that authenticates them; the same at every start.
    pub key: Secret<[u8; 32]>,
    /// The executable that runs [`crate::compile_child`] for its sub-command `plugin-compiler`: as a rule, this one.
    pub compiler: PathBuf,
}

/// An integration that is part of the executable.
#[derive(Debug, Clone)]
pub struct Builtin {
    /// The digest of the component.
    pub digest: Digest,
    /// The text of its manifest.
    pub manifest: &'static str,
    /// The component, compiled when the executable was built.
    pub artifact: ComponentArtifact,
}

/// The runtime of integrations. Its calls run on threads of their own, and wait there; it must be used within a tokio runtime
/// with threads.
pub struct PluginHost {
    pub(crate) inner: Arc<Inner>,
    builtin: Vec<BuiltinIntegration>,
}

/// What calls share.
pub(crate) struct Inner {
    pub(crate) sandbox: ComponentSandbox,
    pub(crate) world: World,
    pub(crate) artifacts: Artifacts,
    pub(crate) compiler: PathBuf,
    /// One component is compiled at a time.
    pub(crate) compiling: Semaphore,
    /// Turns of the calls that somebody waits for.
    people: Semaphore,
    egress: Arc<dyn Egress>,
    threads: GuestThreads,
    embedded: HashMap<Digest, ComponentArtifact>,
    loaded: Mutex<Shelf>,
}

/// The components that are loaded, and when each was used last.
#[derive(Default)]
struct Shelf {
    entries: HashMap<Digest, (Arc<Loaded>, u64)>,
    uses: u64,
}

impl PluginHost {
    /// Starts the sandbox. Components are loaded when they are called first.
    ///
    /// # Errors
    /// [`PluginHostError`].
    pub fn new(setup: Setup) -> Result<Self, PluginHostError> {
        let sandbox = ComponentSandbox::new(CALLS)?;
        let mut linker: Linker<Hosted<Call>> = Linker::new(sandbox.engine());
        Host_::add_to_linker::<_, wasmtime::component::HasSelf<_>>(&mut linker, |hosted| hosted)
            .map_err(|error| PluginHostError::Link(error.into()))?;
        let builtin = setup.builtins.iter().map(known).collect::<Result<_, _>>()?;
        let inner = Inner {
            sandbox,
            world: World(linker),
            artifacts: Artifacts::open(setup.folder, &setup.key)?,
            compiler: setup.compiler,
            compiling: Semaphore::new(1),
            people: Semaphore::new(FOR_PEOPLE),
            egress: setup.egress,
            threads: GuestThreads::new(CALLS as usize),
            embedded: setup.builtins.into_iter().map(|builtin| (builtin.digest, builtin.artifact)).collect(),
            loaded: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner), builtin })
    }
}

#[async_trait]
impl PluginRuntime for PluginHost {
    fn builtin(&self) -> &[BuiltinIntegration] {
        &self.builtin
    }

    async fn install(&self, component: Bytes) -> Result<Installable, PluginError> {
        install::install(&self.inner, component).await
    }

    async fn knows(&self, component: Digest) -> bool {
        matches!(self.inner.find(component).await, Ok(Some(_)))
    }

    async fn call(&self, call: PluginCall) -> Result<CallReport, PluginError> {
        let for_people = !matches!(call.function, Function::Execute { .. });
        let _turn = if for_people { self.inner.people.acquire().await.ok() } else { None };
        let loaded = self.inner.find(call.component).await?.ok_or(PluginError::Unknown(call.component))?;
        let running = Running::new(call, loaded, Arc::clone(&self.inner.egress), Handle::current());
        let running = match running.without_guest() {
            Ok(report) => return Ok(report),
            Err(running) => running,
        };
        let (answer, answered) = oneshot::channel();
        let sandbox = self.inner.sandbox.clone();
        // Nobody to answer to is nobody who waits: what nobody waits for any more is not begun.
        let work = move |stack: &_| {
            if !answer.is_closed() {
                drop(answer.send(running.run(&sandbox, stack)));
            }
        };
        self.inner.threads.submit(work).map_err(PluginHostError::from)?;
        answered.await.map_err(|_| PluginHostError::Panicked)?
    }
}

impl Inner {
    /// The loaded component; loads it when it is not.
    pub(crate) async fn find(self: &Arc<Self>, component: Digest) -> Result<Option<Arc<Loaded>>, PluginError> {
        if let Some(loaded) = self.shelf(|shelf| shelf.take(component)) {
            return Ok(Some(loaded));
        }
        let inner = Arc::clone(self);
        let loaded = tokio::task::spawn_blocking(move || inner.load(component)).await;
        Ok(loaded.map_err(|_| PluginHostError::Panicked)??)
    }

    /// Loads a component from the executable or from the folder.
    fn load(&self, component: Digest) -> Result<Option<Arc<Loaded>>, PluginHostError> {
        let artifact = match self.embedded.get(&component) {
            Some(artifact) => artifact.clone(),
            None => match self.artifacts.read(component)? {
                Some(artifact) => artifact,
                None => return Ok(None),
            },
        };
        match self.world.load(&self.sandbox, &artifact) {
            Ok(loaded) => Ok(Some(self.keep(component, loaded))),
            Err(NotLoaded::Sandbox(error)) => Err(error.into()),
            // It was compiled for another world, of an earlier version of this program.
            Err(NotLoaded::Imports(_) | NotLoaded::Exports) => Ok(None),
        }
    }

    /// Keeps a loaded component for the next call.
    pub(crate) fn keep(&self, component: Digest, loaded: Loaded) -> Arc<Loaded> {
        let loaded = Arc::new(loaded);
        self.shelf(|shelf| shelf.put(component, Arc::clone(&loaded)));
        loaded
    }

    fn shelf<T>(&self, use_it: impl FnOnce(&mut Shelf) -> T) -> T {
        use_it(&mut self.loaded.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shelf {
    fn take(&mut self, component: Digest) -> Option<Arc<Loaded>> {
        self.uses += 1;
        let (loaded, used) = self.entries.get_mut(&component)?;
        *used = self.uses;
        Some(Arc::clone(loaded))
    }

    fn put(&mut self, component: Digest, loaded: Arc<Loaded>) {
        self.uses += 1;
        self.entries.insert(component, (loaded, self.uses));
        while self.entries.len() > 1 && self.bytes() > LOADED_BYTES {
            let oldest = self.entries.iter().min_by_key(|(_, (_, used))| *used).map(|(digest, _)| *digest);
            let Some(oldest) = oldest else { return };
            self.entries.remove(&oldest);
        }
    }

    fn bytes(&self) -> usize {
        self.entries.values().map(|(loaded, _)| loaded.bytes()).sum()
    }
}

fn known(builtin: &Builtin) -> Result<BuiltinIntegration, PluginHostError> {
    let digest = builtin.digest;
    let manifest = Manifest::parse(builtin.manifest)
        .map_err(|error| PluginHostError::Manifest { digest, source: Box::new(error) })?;
    Ok(BuiltinIntegration { digest, manifest: Arc::new(manifest) })
}

impl std::fmt::Debug for PluginHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PluginHost").field("builtin", &self.builtin.len()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup").field("builtins", &self.builtins).field("folder", &self.folder).finish_non_exhaustive()
    }
}
