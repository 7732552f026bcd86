package recording

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"testing"

	"unseen/engine"
)

// FuzzRead opens what pretends to be a recording and walks through it. The
// checksums are made to fit first: without that nearly everything would be refused
// at the first frame, and the code behind never be reached.
func FuzzRead(f *testing.F) {
	file := record(f, small(f, engine.Central), Options{Steps: 25})
	f.Add(file, true)
	f.Add(file, false)
	f.Add(file[:len(file)/2], true)
	f.Add([]byte("unseen recording 2\n"), false)
	f.Fuzz(func(t *testing.T, file []byte, fit bool) {
		if fit {
			file = resealed(file)
		}
		r, err := Read(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		defer r.Close()
		_, total := r.Position()
		for step := range min(total, 60) + 1 {
			if r.Seek(background, total-step) != nil || r.Snapshot(nil).Err != nil {
				return
			}
		}
	})
}

// resealed returns a file whose frames have the checksums of what they hold.
func resealed(file []byte) []byte {
	file = bytes.Clone(file)
	at := bytes.IndexByte(file, '\n') + 1
	for at > 0 && len(file)-at >= frameHead+4 {
		n := int(binary.LittleEndian.Uint32(file[at+1:]))
		if n < 0 || n > len(file)-at-frameHead-4 {
			break
		}
		end := at + frameHead + n
		binary.LittleEndian.PutUint32(file[end:], crc32.Checksum(file[at:end], castagnoli))
		at = end + 4
	}
	return file
}
