package cli

import (
	"context"
	"errors"

	"unseen/engine"
	"unseen/engine/recording"
)

// record runs the session and records it in a file, with the command that makes the same
// run; of its events only the first so many, where steps is not 0. The file is there only if all
// of it was written.
func (a *app) record(ctx context.Context, session *engine.Session, command, out string, steps int) error {
	file, err := create("--out", out)
	if err != nil {
		return err
	}
	defer file.abort()
	progress := a.bar()
	defer progress.clear()
	made, err := recording.Write(ctx, file, session, recording.Options{
		Command: command, Steps: steps,
		Progress: func(step, total int) { progress.update("recording", step, total) },
	})
	progress.clear()
	if unwritable := file.Flush(); unwritable != nil {
		return file.fail(unwritable)
	}
	if err != nil {
		return err
	}
	if err := file.commit(); err != nil {
		return err
	}
	a.wrote(out, counted(int64(made.Steps), "step"))
	return nil
}

// openRecording opens a recording; what is wrong with it is a *engine.SettingError.
func openRecording(name string) (*recording.Replay, error) {
	replay, err := recording.Open(name)
	var refused *recording.Error
	if errors.As(err, &refused) {
		wrong := &engine.SettingError{Setting: "--replay", Value: quote(name), What: refused.What, Mend: refused.Mend}
		if refused.Err != nil {
			wrong.What = cause(refused.Err)
		}
		return nil, wrong
	}
	return replay, err
}
