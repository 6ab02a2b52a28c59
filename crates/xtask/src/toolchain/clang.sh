# A private clang for wasm32-wasip1 with Debian's wasi-libc.
prefix=$1
mkdir -p "$prefix"/debs "$prefix"/bin "$prefix"/apt/partial
cd "$prefix/debs"
apt="-qq -o APT::Sandbox::User=root -o Dir::State::Lists=$prefix/apt"
apt-get update $apt
apt-get download $apt clang-22 libclang-cpp22 libclang-common-22-dev libclang-rt-22-dev-wasm32 libllvm22 lld-22 wasi-libc
for deb in *.deb; do dpkg --fsys-tarfile "$deb" | tar -x -C "$prefix"; done

sysroot=$prefix/sysroot
mkdir -p "$sysroot/lib"
ln -sfn "$prefix/usr/include/wasm32-wasi" "$sysroot/include"
for name in wasm32-wasi wasm32-wasip1; do ln -sfn "$prefix/usr/lib/wasm32-wasi" "$sysroot/lib/$name"; done
llvm=$prefix/usr/lib/llvm-22
resources=$(find "$prefix/usr/lib" -type d -path '*clang/22*' -name include | head -1)
resources=$(dirname "$resources")
cat > "$prefix/bin/clang" <<EOF
#!/bin/sh
export LD_LIBRARY_PATH=$prefix/usr/lib/x86_64-linux-gnu:$llvm/lib PATH=$prefix/usr/bin:\$PATH
exec $llvm/bin/clang --sysroot=$sysroot -resource-dir $resources "\$@"
EOF
chmod +x "$prefix/bin/clang"
rm -rf "$prefix/debs" "$prefix/apt"
