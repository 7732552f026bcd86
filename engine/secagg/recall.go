package secagg

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"sync"
	"unsafe"

	"unseen/engine/trace"
)

// recall is the simulator's memory of what parties computed while somebody watched: going
// back in a round, and through it again, repeats no cryptography. A result is found by a
// hash of all it was computed from, so that it is used for the same inputs only: another
// future, in which somebody left, has other ones. No party can look into it. The zero
// value with a bound is ready.
type recall struct {
	most int // words it may hold

	mu      sync.Mutex
	results map[digest][]uint64
	order   []digest // oldest first
	words   int
}

// digest is the SHA-256 of the inputs of a computation.
type digest [sha256.Size]byte

// What the simulator may remember, in words. Of a round of 653 workers keys take 1 MB,
// and the rest 20 MB: agreeing on keys, which takes longest, is known of every round,
// and all else of the last two, of which there are checkpoints to go back to as well.
const (
	recallKeys   = 48 << 20 / 8
	recallRounds = 44 << 20 / 8
)

// entryWords is about what an entry takes besides its result.
const entryWords = 20

// get returns what f computes from inputs with this hash. Nobody may write to it. With a
// nil receiver nothing is remembered.
func (k *recall) get(inputs *inputs, f func() []uint64) []uint64 {
	if k == nil {
		return f()
	}
	key := inputs.digest()
	k.mu.Lock()
	found, ok := k.results[key]
	k.mu.Unlock()
	if ok {
		return found
	}
	result := f()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.put(key, result)
	return result
}

// put remembers a result, and forgets the oldest ones where there are too many.
func (k *recall) put(key digest, result []uint64) {
	if _, ok := k.results[key]; ok {
		return
	}
	if k.results == nil {
		k.results = map[digest][]uint64{}
	}
	k.results[key] = result
	k.order = append(k.order, key)
	for k.words += entryWords + len(result); k.words > k.most; k.order = k.order[1:] {
		k.words -= entryWords + len(k.results[k.order[0]])
		delete(k.results, k.order[0])
	}
}

// while returns where results are kept while somebody watches, else nil.
func (k *recall) while(t *trace.Tracer) *recall {
	if k == nil || !t.Watched() {
		return nil
	}
	return k
}

// inputs hashes what a computation depends on. Every list is preceded by its length, so
// that no two different inputs are hashed as the same bytes. With a nil receiver, for
// which nothing is remembered, it does nothing.
type inputs struct{ h hash.Hash }

// of begins the inputs of a computation with its name; nil where nothing is remembered.
func (k *recall) of(name string) *inputs {
	if k == nil {
		return nil
	}
	in := &inputs{sha256.New()}
	return in.text(name)
}

func (in *inputs) length(n int) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n))
	in.h.Write(b[:])
}

func (in *inputs) text(s string) *inputs {
	if in != nil {
		in.length(len(s))
		in.h.Write([]byte(s))
	}
	return in
}

// list adds numbers, in the machine's own byte order: no hash leaves the process.
func list[T int | uint64](in *inputs, x []T) {
	if in != nil {
		in.length(len(x))
		if len(x) > 0 {
			in.h.Write(unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), uintptr(len(x))*unsafe.Sizeof(x[0])))
		}
	}
}

func (in *inputs) words(x ...[]uint64) *inputs {
	for _, x := range x {
		list(in, x)
	}
	return in
}

func (in *inputs) numbers(x ...int) *inputs {
	list(in, x)
	return in
}

func (in *inputs) seeds(s ...seed) *inputs {
	if in != nil {
		in.length(len(s))
		for _, s := range s {
			in.h.Write(s[:])
		}
	}
	return in
}

func (in *inputs) digest() digest { return digest(in.h.Sum(nil)) }
