#![expect(unsafe_code, reason = "the host hands over raw addresses: this file is the whole boundary")]

use std::cell::RefCell;
use std::mem;
use std::panic;
use std::sync::Once;

use crate::answer::Answer;
use crate::document::Document;
use crate::evaluation;

thread_local! {
    static DOCUMENT: RefCell<Option<Document>> = const { RefCell::new(None) };
}

/// Room for a message of `length` bytes, which the function that gets it will free.
#[unsafe(no_mangle)]
pub extern "C" fn alloc(length: usize) -> *mut u8 {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| panic::set_hook(Box::new(|panic| tell_panic(&panic_message(panic)))));
    Box::into_raw(vec![0_u8; length].into_boxed_slice()).cast()
}

/// Takes the document that all policies of this instance judge.
///
/// # Safety
/// `address` and `length` are those of a message from [`alloc`] that no other function has taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn load_document(address: *mut u8, length: usize) -> u64 {
    // SAFETY: the caller's promise.
    let message = unsafe { take(address, length) };
    match Document::parse(&message) {
        Ok(document) => {
            DOCUMENT.set(Some(document));
            give(&Answer::Done)
        }
        Err(failure) => give(&Answer::Failed(failure)),
    }
}

/// Runs one policy on the document.
///
/// # Safety
/// `address` and `length` are those of a message from [`alloc`] that no other function has taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evaluate(address: *mut u8, length: usize) -> u64 {
    // SAFETY: the caller's promise.
    let message = unsafe { take(address, length) };
    DOCUMENT.with_borrow_mut(|document| give(&evaluation::evaluate(document.as_mut(), &message)))
}

/// Parses and compiles one policy, without a document.
///
/// # Safety
/// `address` and `length` are those of a message from [`alloc`] that no other function has taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn check(address: *mut u8, length: usize) -> u64 {
    // SAFETY: the caller's promise.
    let message = unsafe { take(address, length) };
    give(&evaluation::check(&message))
}

/// # Safety
/// As for the exported functions.
unsafe fn take(address: *mut u8, length: usize) -> Box<[u8]> {
    let message = std::ptr::slice_from_raw_parts_mut(address, length);
    // SAFETY: `alloc` made the box, with this length.
    unsafe { Box::from_raw(message) }
}

/// The answer's address and length in one number. It is never freed: the next call of the host may come after it has been
/// read, and the instance ends soon.
fn give(answer: &Answer) -> u64 {
    let bytes = mem::ManuallyDrop::new(answer.to_json());
    (bytes.as_ptr() as u64) << 32 | bytes.len() as u64
}

fn panic_message(panic: &panic::PanicHookInfo<'_>) -> String {
    let text = panic.payload_as_str().unwrap_or("the evaluator panicked");
    match panic.location() {
        Some(at) => format!("{text} ({}:{})", at.file(), at.line()),
        None => text.to_owned(),
    }
}

#[cfg(target_arch = "wasm32")]
fn tell_panic(message: &str) {
    #[link(wasm_import_module = "assay")]
    unsafe extern "C" {
        fn panicked(address: *const u8, length: usize);
    }
    // SAFETY: the host only reads what the two numbers describe.
    unsafe { panicked(message.as_ptr(), message.len()) }
}

/// On other machines the crate is only checked, never run.
#[cfg(not(target_arch = "wasm32"))]
fn tell_panic(_message: &str) {}
