//! Builds the hostile integration and leaves it packed in `OUT_DIR`: `hostile.wasm`.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use assay_guest_build::{Guests, report, target_dir, variable, workspace};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report("the hostile integration", error.as_ref());
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let out = variable("OUT_DIR")?;
    let out = Path::new(&out);
    let guests = Guests {
        packages: vec!["assay-hostile-guest".to_owned()],
        sources: &["engine/hostile/guest", "sdk-plugin/wit"],
        opt_level: Some("s"),
        stack: None,
    };
    let modules = guests.build(&workspace()?, &target_dir(out))?;
    let module = modules.first().ok_or("no module was built")?;
    let component = assay_pack::component(&fs::read(module)?)?;
    let manifest = fs::read_to_string(workspace()?.join("engine/hostile/guest/src/manifest.json"))?;
    fs::write(out.join("hostile.wasm"), assay_pack::embed(&component, &manifest)?)?;
    Ok(())
}
