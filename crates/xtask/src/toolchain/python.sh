# A private componentize-py from PyPI.
prefix=$1
python3 -m venv "$prefix/venv"
"$prefix/venv/bin/pip" install --quiet componentize-py==0.25.1
