package recording

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"gorgonia.org/tensor"
)

// The types of numbers in a tensor, and the bit that says how they are stored.
const (
	float64Blob = 0
	uint64Blob  = 1
	packedBlob  = 2 // bytes by place, compressed; else as they are
	derivedBlob = 4 // the bits in which it differs from what is computed; none: in no bit
)

const (
	blobRoom = 1 << 20 // a frame of tensors is written when it holds so many bytes
	maxDims  = 4
	numBytes = 8
	// A deflated byte stands for at most so many: what claims more is no honest
	// tensor, and nothing is allocated for it.
	maxRatio = 1032
	// From so many bytes on a tensor is worth compressing.
	worthIt = 64
)

// blobWriter writes each distinct tensor once.
type blobWriter struct {
	w     io.Writer
	known map[[16]byte]uint32 // numbers of tensors by a hash of their contents
	table []byte              // of the frame under way
	body  []byte
	count int // tensors of the frame
	total uint32
	bytes int64   // of all distinct tensors, before compression
	depth []uint8 // by number: how many tensors stand one on the other

	plain, planes []byte
	packed        bytes.Buffer
	flate         *flate.Writer
}

func newBlobWriter(w io.Writer) *blobWriter {
	f, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is known
	}
	return &blobWriter{w: w, known: map[[16]byte]uint32{}, flate: f, depth: []uint8{0}}
}

// put returns the number of a tensor, which it writes if it is new. No tensor has
// the number 0.
func (b *blobWriter) put(t *tensor.Dense) (uint32, error) { return b.derive(t, nil, nil, nil) }

// derive is put for a tensor that can be computed, how may say, from two that were put.
func (b *blobWriter) derive(t *tensor.Dense, how *derivation, x, y *tensor.Dense) (uint32, error) {
	if t == nil {
		return 0, nil
	}
	kind, err := b.encode(t)
	if err != nil {
		return 0, err
	}
	head := []byte{kind, byte(len(t.Shape()))}
	for _, n := range t.Shape() {
		head = binary.AppendUvarint(head, uint64(n))
	}
	h := sha256.New()
	h.Write(head)
	h.Write(b.plain)
	var key [16]byte
	copy(key[:], h.Sum(nil))
	if number, ok := b.known[key]; ok {
		return number, nil
	}
	b.bytes += int64(len(b.plain))
	b.total++
	stored, depth := b.plain, uint8(0)
	if how != nil && len(b.plain) >= worthIt && b.fits(how, t, x, y) {
		depth = 1 + max(b.depth[how.a], b.depth[how.b])
		if head[0] |= derivedBlob; b.differs(how, x, y) {
			stored, head[0] = b.pack(), head[0]|packedBlob
		} else {
			stored = nil
		}
		head = how.encode(head, b.total)
	} else if len(b.plain) >= worthIt {
		if packed := b.pack(); len(packed) < len(b.plain)*31/32 {
			stored, head[0] = packed, kind|packedBlob
		}
	}
	b.depth = append(b.depth, depth)
	b.table = binary.AppendUvarint(append(b.table, head...), uint64(len(stored)))
	b.body = append(b.body, stored...)
	b.count++
	b.known[key] = b.total
	if len(b.body) >= blobRoom {
		return b.total, b.flush()
	}
	return b.total, nil
}

// fits reports whether a tensor may be written as derived from x and y.
func (b *blobWriter) fits(how *derivation, t, x, y *tensor.Dense) bool {
	if how.a == 0 || how.b == 0 || max(b.depth[how.a], b.depth[how.b]) >= maxDerived {
		return false
	}
	for _, of := range []*tensor.Dense{t, x, y} {
		if of.Dtype() != tensor.Float64 || of.IsScalar() {
			return false
		}
	}
	shape := how.shape(x.Shape(), y.Shape())
	return shape != nil && shape.Eq(t.Shape())
}

// differs leaves in b.plain the bits in which its numbers differ from what is computed,
// and reports whether there are any.
func (b *blobWriter) differs(how *derivation, x, y *tensor.Dense) bool {
	differs := false
	how.each(x.Float64s(), y.Float64s(), func(i int, bits uint64) {
		at := b.plain[i*numBytes : (i+1)*numBytes]
		left := binary.LittleEndian.Uint64(at) ^ bits
		differs = differs || left != 0
		binary.LittleEndian.PutUint64(at, left)
	})
	return differs
}

// encode puts the tensor's numbers into b.plain.
func (b *blobWriter) encode(t *tensor.Dense) (kind byte, err error) {
	b.plain = b.plain[:0]
	if len(t.Shape()) > maxDims || t.Size() == 0 {
		return 0, fmt.Errorf("a tensor of shape %v", t.Shape())
	}
	switch data := t.Data().(type) {
	case []float64:
		for _, x := range data {
			b.plain = binary.LittleEndian.AppendUint64(b.plain, math.Float64bits(x))
		}
	case []uint64:
		kind = uint64Blob
		for _, x := range data {
			b.plain = binary.LittleEndian.AppendUint64(b.plain, x)
		}
	case float64:
		b.plain = binary.LittleEndian.AppendUint64(b.plain, math.Float64bits(data))
	case uint64:
		kind = uint64Blob
		b.plain = binary.LittleEndian.AppendUint64(b.plain, data)
	default:
		return 0, fmt.Errorf("a tensor of %v", t.Dtype())
	}
	return kind, nil
}

// pack sorts the bytes of b.plain by their place and compresses them. The result
// is borrowed.
func (b *blobWriter) pack() []byte {
	n := len(b.plain) / numBytes
	b.planes = append(b.planes[:0], b.plain...)
	for i := range n {
		for k := range numBytes {
			b.planes[k*n+i] = b.plain[i*numBytes+k]
		}
	}
	b.packed.Reset()
	b.flate.Reset(&b.packed)
	b.flate.Write(b.planes) // a bytes.Buffer takes everything
	b.flate.Close()
	return b.packed.Bytes()
}

// flush writes the frame under way.
func (b *blobWriter) flush() error {
	if b.count == 0 {
		return nil
	}
	payload := binary.AppendUvarint(nil, uint64(b.count))
	payload = append(append(payload, b.table...), b.body...)
	b.table, b.body, b.count = b.table[:0], b.body[:0], 0
	return writeFrame(b.w, blobFrame, payload)
}

// blob is where a tensor is in the file.
type blob struct {
	kind   byte
	shape  tensor.Shape
	off    int64
	stored int
	how    *derivation // nil: it stands by itself
	depth  uint8
}

func (b *blob) size() int { return numBytes * b.shape.TotalSize() }

// readBlobs adds the tensors of a frame whose payload begins at an offset to those
// before it.
func readBlobs(list []blob, payload []byte, at int64) ([]blob, error) {
	d, first := decoder{data: payload}, len(list)
	for range d.count(3) {
		b := blob{kind: d.byte()}
		dims := int(d.byte())
		if dims > maxDims || b.kind&^(uint64Blob|packedBlob|derivedBlob) != 0 {
			return nil, damaged("a tensor of no known kind")
		}
		size := numBytes
		for range dims {
			n := d.number()
			b.shape = append(b.shape, n)
			if n < 1 || size > maxPlain/n {
				return nil, damaged("a tensor larger than any that was ever written")
			}
			size *= n
		}
		if b.kind&derivedBlob != 0 {
			if b.how = readDerivation(&d, list, b.shape); b.how == nil || b.kind&uint64Blob != 0 {
				return nil, damaged("a tensor that follows from none before it")
			}
			b.depth = 1 + max(list[b.how.a-1].depth, list[b.how.b-1].depth)
		}
		b.stored = d.number()
		same := b.how != nil && b.stored == 0 && b.kind&packedBlob == 0 // as computed
		if !same && (b.kind&packedBlob == 0 && b.stored != size || size > maxRatio*b.stored+maxRatio) {
			return nil, damaged("a tensor of another size than its numbers have")
		}
		list = append(list, b)
	}
	at += int64(d.at)
	rest := len(payload) - d.at
	for i := first; i < len(list); i++ {
		list[i].off = at
		at += int64(list[i].stored)
		rest -= list[i].stored
		if rest < 0 {
			return nil, damaged("tensors that are not there")
		}
	}
	if d.bad || rest != 0 {
		return nil, damaged("a list of tensors that does not fit")
	}
	return list, nil
}

// blobReader fetches tensors from the file and keeps some of them.
type blobReader struct {
	r      io.ReaderAt
	list   []blob
	kept   map[uint32]*tensor.Dense
	bytes  int
	stored []byte
	planes []byte
	packed *bytes.Reader
	flate  io.ReadCloser
}

// maxKept bounds the bytes of tensors that stay in memory beside those in use.
const maxKept = 128 << 20

func newBlobReader(r io.ReaderAt, list []blob) *blobReader {
	packed := bytes.NewReader(nil)
	return &blobReader{r: r, list: list, kept: map[uint32]*tensor.Dense{}, packed: packed, flate: flate.NewReader(packed)}
}

// get returns a tensor, which must not be written to; nil for the number 0.
func (b *blobReader) get(number uint32) (*tensor.Dense, error) {
	if number == 0 {
		return nil, nil
	}
	if t, ok := b.kept[number]; ok {
		return t, nil
	}
	at := &b.list[number-1]
	var x, y *tensor.Dense
	if at.how != nil { // before the buffers below are in use
		var err error
		if x, err = b.get(at.how.a); err == nil {
			y, err = b.get(at.how.b)
		}
		if err != nil {
			return nil, err
		}
	}
	plain, err := b.stores(at)
	if err != nil {
		return nil, err
	}
	if at.how != nil {
		at.how.each(x.Float64s(), y.Float64s(), func(i int, bits uint64) {
			word := plain[i*numBytes : (i+1)*numBytes]
			binary.LittleEndian.PutUint64(word, binary.LittleEndian.Uint64(word)^bits)
		})
	}
	if b.bytes += at.size(); b.bytes > maxKept {
		clear(b.kept)
		b.bytes = at.size()
	}
	t := at.decode(plain)
	b.kept[number] = t
	return t, nil
}

// stores returns what is stored of a tensor, unpacked; it is borrowed.
func (b *blobReader) stores(at *blob) ([]byte, error) {
	if n := max(at.stored, at.size()); cap(b.stored) < n {
		b.stored = make([]byte, n)
	}
	plain := b.stored[:at.stored]
	if at.stored == 0 { // nothing: as computed
		plain = b.stored[:at.size()]
		clear(plain)
		return plain, nil
	}
	if _, err := b.r.ReadAt(plain, at.off); err != nil {
		return nil, unreadable(err)
	}
	if at.kind&packedBlob != 0 {
		return b.unpack(plain, at.size())
	}
	return plain, nil
}

// unpack undoes pack; the result is borrowed.
func (b *blobReader) unpack(packed []byte, size int) ([]byte, error) {
	b.packed.Reset(packed)
	if err := b.flate.(flate.Resetter).Reset(b.packed, nil); err != nil {
		return nil, err
	}
	if cap(b.planes) < 2*size {
		b.planes = make([]byte, 2*size)
	}
	planes, plain := b.planes[:size], b.planes[size:2*size]
	if _, err := io.ReadFull(b.flate, planes); err != nil {
		return nil, damaged("a tensor does not decompress")
	}
	n := size / numBytes
	for k := range numBytes {
		plane := planes[k*n : (k+1)*n]
		for i, x := range plane {
			plain[i*numBytes+k] = x
		}
	}
	return plain, nil
}

// decode makes a tensor of its bytes.
func (b *blob) decode(plain []byte) *tensor.Dense {
	n := len(plain) / numBytes
	make1 := func(numbers any, first any) *tensor.Dense {
		if len(b.shape) == 0 {
			return tensor.New(tensor.FromScalar(first))
		}
		return tensor.New(tensor.WithShape(b.shape...), tensor.WithBacking(numbers))
	}
	if b.kind&uint64Blob != 0 {
		x := make([]uint64, n)
		for i := range x {
			x[i] = binary.LittleEndian.Uint64(plain[i*numBytes:])
		}
		return make1(x, x[0])
	}
	x := make([]float64, n)
	for i := range x {
		x[i] = math.Float64frombits(binary.LittleEndian.Uint64(plain[i*numBytes:]))
	}
	return make1(x, x[0])
}
