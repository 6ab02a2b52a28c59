// Sends stdin back with its length.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	all, err := io.ReadAll(os.Stdin)
	if err != nil {
		os.Exit(1)
	}
	fmt.Printf("%d %s", len(all), all)
}
