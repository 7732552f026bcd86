package stage

import (
	"bytes"
	"context"
	"testing"

	"unseen/engine"
	"unseen/engine/recording"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/theme"
)

// BenchmarkStep takes one step at each level, from the key to the drawn screen of
// 200×60, with as many workers as there are rows.
func BenchmarkStep(b *testing.B) {
	for _, mode := range engine.Modes() {
		for _, level := range []trace.Level{trace.Message, trace.Operation, trace.Layer, trace.Batch} {
			b.Run(mode+"/"+level.String(), func(b *testing.B) {
				d := fleetDriver(b, mode, 200, 60)
				d.send(key.GoTo).typing("3000")
				d.view.level = min(level, d.view.levels[len(d.view.levels)-1])
				for b.Loop() {
					d.send(key.Forward)
				}
			})
		}
	}
}

// BenchmarkReplay takes one step at each level of a recording, and seeks to far
// places of it, drawn at 200×60.
func BenchmarkReplay(b *testing.B) {
	for _, mode := range engine.Modes() {
		live := fleetDriver(b, mode, 80, 24)
		var file bytes.Buffer
		if _, err := recording.Write(context.Background(), &file, live.session, recording.Options{Steps: 8000}); err != nil {
			b.Fatal(err)
		}
		open := func() driver {
			r, err := recording.Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
			if err != nil {
				b.Fatal(err)
			}
			d := driver{b, New(r, key.Default(), theme.New(true))}
			d.Resize(200, 60)
			return d
		}
		b.Run(mode+"/seek", func(b *testing.B) {
			d := open()
			for b.Loop() {
				d.send(key.GoTo).typing("7900")
				d.send(key.First)
			}
		})
		b.Run(mode+"/epoch", func(b *testing.B) {
			d := open()
			d.view.level = trace.Epoch
			for b.Loop() {
				d.send(key.Forward)
				d.send(key.Backward)
			}
		})
	}
}
