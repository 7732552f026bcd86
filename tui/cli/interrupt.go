package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// echo is how long a signal that repeats itself counts as the same one: timeout(1) sends
// it to the program and to its group, and a terminal sends it to all of a pipeline, some of
// whose programs hand it on.
const echo = 300 * time.Millisecond

// Interruptible returns a context that ends when the process is asked to, by ctrl-c or by
// another program, so that the command can say that it stopped. From a moment later on
// the process ends at once when it is asked again. stop gives the signals back.
func Interruptible(parent context.Context) (ctx context.Context, stop func()) {
	ctx, restore := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	cancel := context.AfterFunc(ctx, func() { time.AfterFunc(echo, restore) })
	return ctx, func() {
		cancel()
		restore()
	}
}
