// Unseen steps through private machine learning in the terminal.
package main

import (
	"context"
	"os"

	"unseen/tui/cli"
)

func main() {
	ctx, stop := cli.Interruptible(context.Background())
	status := cli.Run(ctx, os.Args[1:], cli.System())
	stop()
	os.Exit(status)
}
