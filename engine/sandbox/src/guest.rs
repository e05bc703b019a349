use std::sync::Arc;

use wasmtime::{Caller, Engine, Extern, Instance, InstancePre, Linker, Module, Store, TypedFunc, UpdateDeadline};

use crate::state::{Shape, State};
use crate::ticker::Ticker;
use crate::{Artifact, Budget, GuestStack, SandboxError, Trap, config};

/// Longest panic message that is kept, in bytes.
const PANIC_BYTES: usize = 4096;

/// The engine, and the clock that interrupts its guests. One serves a whole process.
#[derive(Clone)]
pub struct Sandbox {
    engine: Engine,
    ticker: Arc<Ticker>,
}

/// A module, ready to be instantiated.
#[derive(Clone)]
pub struct Program {
    sandbox: Sandbox,
    instance: InstancePre<State>,
}

/// One instance: a memory of its own, which vanishes with it.
///
/// The guest speaks bytes. It exports `memory`, `alloc(length) -> address`, and functions that take the address and length
/// of a message written there, which they own, and answer address and length of another in one number
/// (`address << 32 | length`). It may import `assay.panicked(address, length)` to say why it is about to trap.
pub struct Guest<'stack> {
    sandbox: Sandbox,
    store: Store<State>,
    instance: Instance,
    _stack: &'stack GuestStack,
}

impl Sandbox {
    /// Starts the engine.
    ///
    /// # Errors
    /// [`SandboxError::Engine`] when the machine lacks something.
    pub fn new() -> Result<Self, SandboxError> {
        let engine = Engine::new(config::config().enable_compiler(false)).map_err(SandboxError::engine)?;
        Ok(Self { engine, ticker: Arc::default() })
    }

    /// Loads a compiled module: a copy of its machine code is made executable, which takes milliseconds.
    ///
    /// Imports that the module names and the sandbox does not give are traps when they are called.
    ///
    /// # Errors
    /// [`SandboxError::Artifact`] and [`SandboxError::Link`].
    pub fn load(&self, artifact: Artifact) -> Result<Program, SandboxError> {
        let module = artifact.load(&self.engine)?;
        let instance = self.link(&module).map_err(SandboxError::link)?;
        Ok(Program { sandbox: self.clone(), instance })
    }

    fn link(&self, module: &Module) -> wasmtime::Result<InstancePre<State>> {
        let mut linker = Linker::new(&self.engine);
        linker.func_wrap("assay", "panicked", note_panic)?;
        linker.define_unknown_imports_as_traps(module)?;
        linker.instantiate_pre(module)
    }
}

impl Program {
    /// A fresh instance whose memories together may have `memory_cap` bytes.
    ///
    /// # Errors
    /// [`Trap::Memory`] when the cap is too small for the module, [`Trap::Host`] when the system has no address space.
    pub fn instantiate<'stack>(&self, stack: &'stack GuestStack, memory_cap: usize) -> Result<Guest<'stack>, Trap> {
        let mut store = Store::new(self.instance.module().engine(), State::new(Shape::Module, memory_cap));
        store.limiter(|state| state);
        store.epoch_deadline_callback(|mut context| {
            Ok(if context.data_mut().may_continue() { UpdateDeadline::Continue(1) } else { UpdateDeadline::Interrupt })
        });
        store.set_epoch_deadline(1);
        let instance = self.instance.instantiate(&mut store).map_err(|error| match store.data_mut().take_reason() {
            Some(reason) => reason,
            None => Trap::Host(SandboxError::link(error)),
        })?;
        Ok(Guest { sandbox: self.sandbox.clone(), store, instance, _stack: stack })
    }
}

impl Guest<'_> {
    /// Hands `message` to the exported function `export` and waits for its answer, of at most `max_answer` bytes.
    ///
    /// # Errors
    /// [`Trap`]; the instance is spent then.
    pub fn call(&mut self, export: &str, message: &[u8], budget: Budget, max_answer: usize) -> Result<Vec<u8>, Trap> {
        let _ticking = self.sandbox.ticker.tick(&self.sandbox.engine)?;
        self.store.data_mut().begin(budget);
        let answered = self.exchange(export, message);
        let packed = answered.map_err(|error| Trap::of(&error, self.store.data_mut()))?;
        self.read(packed, max_answer)
    }

    /// Memory of the instance in bytes.
    pub fn memory_bytes(&mut self) -> usize {
        self.instance.get_memory(&mut self.store, "memory").map_or(0, |memory| memory.data_size(&self.store))
    }

    fn exchange(&mut self, export: &str, message: &[u8]) -> wasmtime::Result<u64> {
        let length = u32::try_from(message.len())?;
        let alloc: TypedFunc<u32, u32> = self.instance.get_typed_func(&mut self.store, "alloc")?;
        let address = alloc.call(&mut self.store, length)?;
        let memory = self.instance.get_memory(&mut self.store, "memory");
        let memory = memory.ok_or_else(|| wasmtime::Error::msg("the guest exports no memory"))?;
        memory.write(&mut self.store, address as usize, message)?;
        let function: TypedFunc<(u32, u32), u64> = self.instance.get_typed_func(&mut self.store, export)?;
        function.call(&mut self.store, (address, length))
    }

    fn read(&mut self, packed: u64, limit: usize) -> Result<Vec<u8>, Trap> {
        let broken = || Trap::Guest("the answer lies outside of the guest's memory".to_owned());
        let address = usize::try_from(packed >> 32).map_err(|_| broken())?;
        let size = usize::try_from(packed & u64::from(u32::MAX)).map_err(|_| broken())?;
        if size > limit {
            return Err(Trap::Output { size, limit });
        }
        let memory = self.instance.get_memory(&mut self.store, "memory");
        let bytes = memory.and_then(|memory| memory.data(&self.store).get(address..)?.get(..size).map(<[u8]>::to_vec));
        bytes.ok_or_else(broken)
    }
}

/// The import `assay.panicked`.
fn note_panic(mut caller: Caller<'_, State>, address: u32, length: u32) {
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else { return };
    let bytes = memory.data(&caller).get(address as usize..).unwrap_or_default();
    let message = String::from_utf8_lossy(&bytes[..bytes.len().min(length as usize).min(PANIC_BYTES)]).into_owned();
    caller.data_mut().panicked(message);
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Guest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guest").field("state", self.store.data()).finish_non_exhaustive()
    }
}
