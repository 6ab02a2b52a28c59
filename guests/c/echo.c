// Sends stdin back.
#include <stdio.h>

int main(void) {
    char block[4096];
    size_t size;
    while ((size = fread(block, 1, sizeof block, stdin)) > 0) fwrite(block, 1, size, stdout);
    return 0;
}
