// Unseen steps through private machine learning in the terminal.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"unseen/tui/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second ctrl-c does not wait
	status := cli.Run(ctx, os.Args[1:], cli.System())
	stop()
	os.Exit(status)
}
