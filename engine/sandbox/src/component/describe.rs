use std::time::Duration;

use wasmtime::component::{Component, Func, Instance, Linker, Val};
use wasmtime::{Engine, Store};

use super::compile::{engine_for, native_target};
use super::hosted::Hosted;
use super::sandbox::ComponentSandbox;
use crate::{Budget, SandboxError, Trap, on_guest_stack};

/// The interface of the world `assay:integration`, version 0.1, with the function.
const HANDLER: &str = "assay:integration/handler@0.1.0";
const FUNCTION: &str = "describe";

/// Longest manifest in bytes.
const ANSWER_BYTES: usize = 256 << 10;

/// Memory and time that a component may need to say what it is; generous, for interpreters that start first.
const MEMORY_CAP: usize = 256 << 20;
const BUDGET: Budget = Budget { cpu: Duration::from_secs(10), wall: Duration::from_secs(20) };

/// Asks a component for its manifest (`assay:integration/handler@0.1.0#describe`). Whatever it imports is a trap when it is called:
/// a component that needs somebody to know what it is, does not pass.
///
/// It is compiled here, too, so this is for build scripts and for authors who pack their own component.
///
/// # Errors
/// [`Trap`]; [`Trap::Host`] when it does not compile or does not fit.
pub fn describe(component: &[u8]) -> Result<String, Trap> {
    let engine = engine_for(&native_target())?;
    let component = Component::new(&engine, component).map_err(SandboxError::compile)?;
    let sandbox = ComponentSandbox::of(engine);
    let ran = on_guest_stack(|stack| {
        sandbox.run(stack, (), MEMORY_CAP, BUDGET, |store| ask(sandbox.engine(), &component, store)).outcome
    });
    let answer = ran??;
    match answer.len() {
        size if size > ANSWER_BYTES => Err(Trap::Output { size, limit: ANSWER_BYTES }),
        _ => Ok(answer),
    }
}

fn ask(engine: &Engine, component: &Component, store: &mut Store<Hosted<()>>) -> wasmtime::Result<String> {
    let mut linker: Linker<Hosted<()>> = Linker::new(engine);
    linker.define_unknown_imports_as_traps(component)?;
    let instance = linker.instantiate(&mut *store, component)?;
    let function = find(&instance, store)
        .ok_or_else(|| wasmtime::Error::msg(format!("the component does not export {HANDLER}#{FUNCTION}")))?;
    let mut answer = [Val::Bool(false)];
    function.call(&mut *store, &[], &mut answer)?;
    match answer {
        [Val::String(text)] => Ok(text),
        _ => Err(wasmtime::Error::msg(format!("{HANDLER}#{FUNCTION} does not answer a text"))),
    }
}

fn find(instance: &Instance, store: &mut Store<Hosted<()>>) -> Option<Func> {
    let handler = instance.get_export_index(&mut *store, None, HANDLER)?;
    let function = instance.get_export_index(&mut *store, Some(&handler), FUNCTION)?;
    instance.get_func(&mut *store, function)
}
