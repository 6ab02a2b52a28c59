//! A command that does, by the parameter `do`, everything that the tests need a command to do. Built for preview 1
//! and as a component.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::time::{Duration, Instant, SystemTime};

fn main() {
    let mut stdin = Vec::new();
    std::io::stdin().read_to_end(&mut stdin).unwrap();
    let input: serde_json::Value = serde_json::from_slice(&stdin).unwrap_or_default();
    let param = |name: &str| input["params"][name].as_str().unwrap_or_default().to_owned();
    let number = || param("n").parse::<u64>().unwrap_or(0);
    match param("do").as_str() {
        "stdin" => std::io::stdout().write_all(&stdin).unwrap(),
        "raw" => std::io::stdout().write_all(&(0..=255).collect::<Vec<u8>>()).unwrap(),
        "cgi" => print!("Status: 201 Created\r\nContent-Type: text/css\r\nX-Two: a\r\nX-Two: b\r\n\r\nbody {{}}"),
        "exit" => {
            println!("partial");
            eprintln!("leaving with {}", number());
            std::process::exit(number() as i32);
        }
        "panic" => panic!("on purpose"),
        "loop" => loop {
            std::hint::black_box(0);
        },
        "sleep" => {
            let start = Instant::now();
            std::thread::sleep(Duration::from_millis(number()));
            println!("{}", start.elapsed() >= Duration::from_millis(number()));
        }
        "write" => {
            let block = [b'x'; 4096];
            for _ in 0..number() / 4096 {
                std::io::stdout().write_all(&block).unwrap();
            }
        }
        "allocate" => {
            let blocks: Vec<Vec<u8>> = (0..number()).map(|_| vec![1; 1 << 20]).collect();
            println!("{} MiB", blocks.len());
        }
        "env" => {
            let mut all: Vec<_> = std::env::vars().collect();
            all.sort();
            println!("{all:?} {:?}", std::env::args().collect::<Vec<_>>());
        }
        "time" => println!("{}", SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |t| t.as_secs())),
        "read" => println!("{}", told(fs::read_to_string(param("path")))),
        "list" => {
            let names = fs::read_dir(param("path")).map(|entries| {
                let mut names: Vec<_> = entries.flatten().map(|e| e.file_name().into_string().unwrap()).collect();
                names.sort();
                names.join(" ")
            });
            println!("{}", told(names));
        }
        "write-file" => println!("{}", told(fs::write(param("path"), "written").map(|()| "ok".into()))),
        "change" => change(&param("path")),
        "escape" => escape(&param("path")),
        other => println!("what is {other:?}?"),
    }
}

/// Every way to change something, each with its outcome.
fn change(folder: &str) {
    let file = format!("{folder}/file.txt");
    let outcomes = [
        ("create", fs::write(format!("{folder}/new.txt"), "x")),
        ("append", OpenOptions::new().append(true).open(&file).and_then(|mut f| f.write_all(b"x"))),
        ("truncate", OpenOptions::new().write(true).truncate(true).open(&file).map(drop)),
        ("remove", fs::remove_file(format!("{folder}/gone.txt"))),
        ("rename", fs::rename(&file, format!("{folder}/other.txt"))),
        ("mkdir", fs::create_dir(format!("{folder}/dir"))),
        ("rmdir", fs::remove_dir(format!("{folder}/empty"))),
        ("link", fs::hard_link(&file, format!("{folder}/link.txt"))),
    ];
    for (what, outcome) in outcomes {
        println!("{what} {}", if outcome.is_ok() { "done" } else { "refused" });
    }
}

/// Every way out of a mounted folder, each with its outcome; `secret.txt` lies beside the folder on the host.
fn escape(folder: &str) {
    let read = |path: String| match fs::read_to_string(path) {
        Ok(text) => format!("ESCAPED {text}"),
        Err(_) => "refused".into(),
    };
    println!("dots {}", read(format!("{folder}/../secret.txt")));
    println!("deep dots {}", read(format!("{folder}/sub/../../secret.txt")));
    println!("absolute {}", read("/etc/hostname".into()));
    println!("host link {}", read(format!("{folder}/outside.txt")));
    println!("host folder link {}", read(format!("{folder}/outside/secret.txt")));
    println!("rename out {}", fs::rename(format!("{folder}/file.txt"), format!("{folder}/../file.txt")).is_err());
    println!("hard link in {}", fs::hard_link(format!("{folder}/../secret.txt"), format!("{folder}/in.txt")).is_err());
    #[cfg(target_os = "wasi")]
    links(folder, &read);
}

/// Links that the guest makes itself.
#[cfg(target_os = "wasi")]
fn links(folder: &str, read: &dyn Fn(String) -> String) {
    use std::ffi::CString;
    unsafe extern "C" {
        fn symlink(target: *const i8, link: *const i8) -> i32;
    }
    for (name, target) in [("up", "../secret.txt"), ("root", "/etc/hostname"), ("loop", "loop")] {
        let link = format!("{folder}/{name}.link");
        let (target, path) = (CString::new(target).unwrap(), CString::new(link.clone()).unwrap());
        let made = unsafe { symlink(target.as_ptr().cast(), path.as_ptr().cast()) } == 0;
        println!("own link {name} {}", if made { read(link) } else { "refused".into() });
    }
}

fn told(result: std::io::Result<String>) -> String {
    result.unwrap_or_else(|error| format!("error: {:?}", error.kind()))
}
