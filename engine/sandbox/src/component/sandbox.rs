use std::sync::Arc;

use wasmtime::component::Component;
use wasmtime::{Engine, Store, UpdateDeadline};

use super::hosted::{Hosted, Ran};
use crate::ticker::Ticker;
use crate::{Budget, ComponentArtifact, GuestStack, SandboxError, Trap, config};

/// Most bytes that a guest hands over in one call of a host function: a request with 8 MiB, and what is around it.
const HOSTCALL_BYTES: usize = 9 << 20;

/// Most handles that a guest may hold: those of a run with the most materials, and some of its own.
const HANDLES: usize = 4_096;

/// The engine for components, and the clock that interrupts them. One serves a whole process.
#[derive(Clone)]
pub struct ComponentSandbox {
    engine: Engine,
    ticker: Arc<Ticker>,
}

/// A component, ready to be linked.
#[derive(Clone)]
pub struct CompiledComponent(Component);

impl ComponentSandbox {
    /// Starts the engine with room for `most` components at a time. Where the machine has no address space for that much
    /// (about 20 GiB each, only reserved), memory is mapped anew for each.
    ///
    /// # Errors
    /// [`SandboxError::Engine`] when the machine lacks something.
    pub fn new(most: u32) -> Result<Self, SandboxError> {
        let pooled =
            || Engine::new(config::component_config().enable_compiler(false).allocation_strategy(config::pool(most)));
        let mapped = |_| Engine::new(config::component_config().enable_compiler(false));
        let engine = pooled().or_else(mapped).map_err(SandboxError::engine)?;
        Ok(Self::of(engine))
    }

    pub(crate) fn of(engine: Engine) -> Self {
        Self { engine, ticker: Arc::default() }
    }

    /// The engine, for a linker.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Loads a compiled component: a copy of its machine code is made executable, which takes up to milliseconds.
    ///
    /// # Errors
    /// [`SandboxError::Artifact`].
    pub fn load(&self, artifact: &ComponentArtifact) -> Result<CompiledComponent, SandboxError> {
        artifact.load(&self.engine).map(CompiledComponent)
    }

    /// Runs `work`, which instantiates a component in the store that it is given and calls it. The store is new, and dropped
    /// afterwards whatever happened. All memories of the instance together may have `memory_cap` bytes.
    pub fn run<T: 'static, R>(
        &self,
        _stack: &GuestStack,
        host: T,
        memory_cap: usize,
        budget: Budget,
        work: impl FnOnce(&mut Store<Hosted<T>>) -> wasmtime::Result<R>,
    ) -> Ran<T, R> {
        let mut store = self.store(host, memory_cap);
        store.data_mut().state.begin(budget);
        let outcome = match self.ticker.tick(&self.engine) {
            Ok(_ticking) => work(&mut store).map_err(|error| Trap::of(&error, &mut store.data_mut().state)),
            Err(error) => Err(Trap::Host(error)),
        };
        let state = &mut store.data_mut().state;
        let memory = state.memory_used();
        let (cpu, wall) = state.meter().map_or_else(Default::default, |meter| (meter.cpu(), meter.wall()));
        Ran { outcome, host: store.into_data().into_host(), cpu, wall, memory }
    }

    fn store<T: 'static>(&self, host: T, memory_cap: usize) -> Store<Hosted<T>> {
        let mut store = Store::new(&self.engine, Hosted::new(host, memory_cap));
        store.limiter(|hosted| &mut hosted.state);
        store.set_hostcall_fuel(HOSTCALL_BYTES);
        store.set_max_component_handles(HANDLES);
        store.epoch_deadline_callback(|mut context| {
            let goes_on = context.data_mut().state.may_continue();
            Ok(if goes_on { UpdateDeadline::Continue(1) } else { UpdateDeadline::Interrupt })
        });
        store.set_epoch_deadline(1);
        store
    }
}

impl CompiledComponent {
    /// The component, for a linker.
    pub const fn component(&self) -> &Component {
        &self.0
    }

    /// Bytes of its machine code and what belongs to it.
    pub fn bytes(&self) -> usize {
        let image = self.0.image_range();
        image.end.addr().saturating_sub(image.start.addr())
    }

    /// Names of what it imports.
    pub fn imports(&self) -> Vec<String> {
        self.0.component_type().imports(self.0.engine()).map(|(name, _)| name.to_owned()).collect()
    }

    /// Names of what it exports.
    pub fn exports(&self) -> Vec<String> {
        self.0.component_type().exports(self.0.engine()).map(|(name, _)| name.to_owned()).collect()
    }
}

impl std::fmt::Debug for ComponentSandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ComponentSandbox").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for CompiledComponent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompiledComponent").field("imports", &self.imports()).finish_non_exhaustive()
    }
}
