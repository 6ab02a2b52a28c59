# A private Rust with std for wasm32-wasip1 and wasm32-wasip2, for machines whose rustup has no wasm targets.
#
# Debian's rustc for the web gives compiler and sources, the machine's rustup gives cargo, rust-lld and
# wasm-component-ld. std is built once; afterwards plain `cargo build --target wasm32-wasip2` works.
prefix=$1
targets="wasm32-wasip1 wasm32-wasip2"
host=$(rustc -vV | sed -n 's/^host: //p')
rustup=$(rustc --print sysroot)
rustlib=$prefix/usr/lib/rustlib

mkdir -p "$prefix"/debs "$prefix"/bin "$prefix"/usr "$prefix"/stdbuild/src "$prefix"/apt/partial
cd "$prefix/debs"
apt="-qq -o APT::Sandbox::User=root -o Dir::State::Lists=$prefix/apt"
apt-get update $apt
apt-get download $apt rustc-web libstd-rust-web-dev libstd-rust-web-1.96 rust-web-src libllvm22 wasi-libc llvm-14
for deb in *.deb; do
  dpkg --fsys-tarfile "$deb" | tar -x -C "$prefix" --anchored --no-wildcards-match-slash \
    --exclude=./usr/share --exclude='./usr/src/*/compiler' --exclude='./usr/src/*/src'
done
llvm_ar=$(command -v llvm-ar || command -v llvm-ar-14 || true)
if [ -z "$llvm_ar" ]; then
  apt-get download $apt libllvm14
  dpkg --fsys-tarfile libllvm14_*.deb | tar -x -C "$prefix"
  llvm_ar="env LD_LIBRARY_PATH=$prefix/usr/lib/x86_64-linux-gnu $prefix/usr/lib/llvm-14/bin/llvm-ar"
fi

mkdir -p "$rustlib/$host/bin"
for tool in rust-lld wasm-component-ld gcc-ld; do
  ln -sfn "$rustup/lib/rustlib/$host/bin/$tool" "$rustlib/$host/bin/$tool"
done
cat > "$prefix/bin/rustc" <<EOF
#!/bin/sh
LD_LIBRARY_PATH=$prefix/usr/lib/x86_64-linux-gnu\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH} exec $prefix/usr/bin/rustc "\$@"
EOF
printf '#!/bin/sh\nRUSTC=%s/bin/rustc exec %s/bin/cargo "$@"\n' "$prefix" "$rustup" > "$prefix/bin/cargo"
chmod +x "$prefix"/bin/*

# std, built once with the compiler that its sources belong to. Bitcode is embedded so that guests may use LTO.
cd "$prefix/stdbuild"
: > src/lib.rs
cat > Cargo.toml <<'EOF'
[package]
name = "stdbuild"
version = "0.0.0"
edition = "2021"
[workspace]
[profile.release]
codegen-units = 1
EOF
env -u CARGO_TARGET_DIR RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes "$prefix/bin/cargo" build -q --release \
  -Zbuild-std=std,panic_abort $(printf -- ' --target %s' $targets)
for target in $targets; do
  mkdir -p "$rustlib/$target/lib/self-contained"
  rm -f "target/$target/release/deps/"libstdbuild*
  cp "target/$target/release/deps/"lib*.rlib "$rustlib/$target/lib/"
done

# Debian's wasi-libc is of 2022. Its crt1 leaves the constructors to the linker, which drops them as soon as a
# program names __wasm_call_ctors itself (wit-bindgen does), so that no directory would be preopened; and it lacks
# functions that std names. This crt1 calls the constructors, and the stubs answer ENOTSUP (58).
cat > crt1.rs <<'EOF'
#![no_std]
extern "C" { fn __wasm_call_ctors(); fn __wasm_call_dtors(); fn __main_void() -> i32; fn _Exit(code: i32) -> !; }
#[no_mangle] pub unsafe extern "C" fn _start() {
    __wasm_call_ctors(); let code = __main_void(); __wasm_call_dtors(); if code != 0 { _Exit(code) }
}
EOF
cat > stubs.rs <<'EOF'
#![no_std]
type Int = i32; type Ptr = *mut u8; type Size = usize; type Uint = u32;
extern "C" { static mut errno: Int; }
macro_rules! stubs { ($($name:ident($($arg:ty),*) -> $result:ty = $value:expr;)*) =>
  { $( #[no_mangle] pub unsafe extern "C" fn $name($(_: $arg),*) -> $result { errno = 58; $value } )* } }
stubs! {
  chmod(Ptr, Uint) -> Int = -1; fchmod(Int, Uint) -> Int = -1; realpath(Ptr, Ptr) -> Ptr = core::ptr::null_mut();
  pthread_attr_init(Ptr) -> Int = 0; pthread_attr_destroy(Ptr) -> Int = 0; pthread_attr_setstacksize(Ptr, Size) -> Int = 0;
  pthread_create(Ptr, Ptr, Ptr, Ptr) -> Int = 58; pthread_join(Ptr, Ptr) -> Int = 58; pthread_detach(Ptr) -> Int = 0;
  socket(Int, Int, Int) -> Int = -1; bind(Int, Ptr, Uint) -> Int = -1; connect(Int, Ptr, Uint) -> Int = -1;
  listen(Int, Int) -> Int = -1; getsockname(Int, Ptr, Ptr) -> Int = -1; getpeername(Int, Ptr, Ptr) -> Int = -1;
  setsockopt(Int, Int, Int, Ptr, Uint) -> Int = -1; sendto(Int, Ptr, Size, Int, Ptr, Uint) -> isize = -1;
  recvfrom(Int, Ptr, Size, Int, Ptr, Ptr) -> isize = -1; getaddrinfo(Ptr, Ptr, Ptr, Ptr) -> Int = -4;
  freeaddrinfo(Ptr) -> () = (); gai_strerror(Int) -> *const u8 = c"unsupported".as_ptr().cast();
}
EOF
for target in $targets; do
  contained=$rustlib/$target/lib/self-contained
  cp "$prefix"/usr/lib/wasm32-wasi/crt1-reactor.o "$prefix"/usr/lib/wasm32-wasi/libc.a "$contained/"
  object="$prefix/bin/rustc --edition 2021 --target $target --crate-type lib --emit obj -Copt-level=s -Cpanic=abort"
  $object crt1.rs -o "$contained/crt1-command.o"
  $object stubs.rs -o stubs.o
  $llvm_ar rs "$contained/libc.a" stubs.o 2>/dev/null
done
cd "$prefix"
rm -rf stdbuild debs apt usr/src
