package nn

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/big"
	"math/rand/v2"

	"gonum.org/v1/gonum/mathext/prng"
	"gorgonia.org/tensor"
)

// Weights are the weights of a network in plain float64.
type Weights = Network[*tensor.Dense]

// Sizes returns the widths of a network: features, hidden layers, classes.
func Sizes(features int, hidden []int, classes int) []int {
	return append(append([]int{features}, hidden...), classes)
}

// Glorot draws initial weights uniformly from ±√(6/(in+out)); biases are 0
// (Glorot and Bengio 2010, equation 16).
func Glorot(r *rand.Rand, sizes []int) Weights {
	net := Zeros(sizes)
	for l, w := range net.W {
		bound := math.Sqrt(6 / float64(sizes[l]+sizes[l+1]))
		for i := range data(w) {
			data(w)[i] = bound * (2*r.Float64() - 1)
		}
	}
	return net
}

// Torch draws initial weights exactly as torch.manual_seed(seed) followed by one
// torch.nn.Linear per layer does: MT19937 (of whose seed only 32 bits count), 24
// random bits a number, u·(b − a) + a in float32 with one rounding at the end.
func Torch(seed uint64, sizes []int) Weights {
	mt := prng.NewMT19937()
	mt.Seed(uint64(uint32(seed)))
	net := Zeros(sizes)
	for l := range net.W {
		in, out := sizes[l], sizes[l+1]
		// torch: kaiming_uniform with a = √5 for the weights, 1/√in for the biases
		gain := math.Sqrt(2.0 / (1 + 5.000000000000001))
		weight := float32(math.Sqrt(3) * (gain / math.Sqrt(float64(in))))
		bias := float32(1 / math.Sqrt(float64(in)))
		w, b := data(net.W[l]), data(net.B[l])
		for o := range out {
			for i := range in {
				w[i*out+o] = float64(uniform32(mt, weight))
			}
		}
		for o := range out {
			b[o] = float64(uniform32(mt, bias))
		}
	}
	return net
}

// uniform32 draws from [−bound, bound) as torch does for float32.
func uniform32(mt *prng.MT19937, bound float32) float32 {
	u := float64(mt.Uint32()&(1<<24-1)) / (1 << 24)
	width := float64(bound - -bound)
	// A fused multiply-add rounds once. The product is exact in 48 bits; the sum
	// is formed exactly and then rounded to 24.
	exact := new(big.Float).SetPrec(200).SetFloat64(u)
	exact.Mul(exact, big.NewFloat(width))
	exact.Add(exact, big.NewFloat(-float64(bound)))
	x, _ := exact.Float32()
	return x
}

// Zeros returns a network of zeros.
func Zeros(sizes []int) Weights {
	var net Weights
	for l := range len(sizes) - 1 {
		net.W = append(net.W, New(sizes[l], sizes[l+1]))
		net.B = append(net.B, New(1, sizes[l+1]))
	}
	return net
}

// Clone returns weights that share no memory with w.
func Clone(w Weights) Weights {
	var c Weights
	for l := range w.W {
		c.W = append(c.W, w.W[l].Clone().(*tensor.Dense))
		c.B = append(c.B, w.B[l].Clone().(*tensor.Dense))
	}
	return c
}

// Pack puts all weights into one 1 × n matrix, as they lie in memory.
func Pack(w Weights) *tensor.Dense {
	n := 0
	for l := range w.W {
		n += w.W[l].Size() + w.B[l].Size()
	}
	flat := make([]float64, 0, n)
	for l := range w.W {
		flat = append(append(flat, data(w.W[l])...), data(w.B[l])...)
	}
	return tensor.New(tensor.WithShape(1, len(flat)), tensor.WithBacking(flat))
}

// Unpack copies what [Pack] has put into one matrix back into weights of the same
// shapes.
func Unpack(flat *tensor.Dense, into Weights) {
	rest := data(flat)
	for l := range into.W {
		rest = rest[copy(data(into.W[l]), rest):]
		rest = rest[copy(data(into.B[l]), rest):]
	}
}

// Flat lists all weights layer by layer, weight then bias, in torch's layout.
func Flat(w Weights) []float64 {
	var flat []float64
	for _, l := range fileLayers(w) {
		for _, row := range l.Weight {
			flat = append(flat, row...)
		}
		flat = append(flat, l.Bias...)
	}
	return flat
}

// SHA256 is the hexadecimal hash of [Flat] as little-endian float64.
func SHA256(w Weights) string {
	var buf bytes.Buffer
	for _, x := range Flat(w) {
		buf.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(x)))
	}
	sum := sha256.Sum256(buf.Bytes())
	return hex.EncodeToString(sum[:])
}

// fileLayer is a layer in a weights file, in torch's layout [out][in].
type fileLayer struct {
	Weight [][]float64 `json:"weight"`
	Bias   []float64   `json:"bias"`
}

func fileLayers(w Weights) []fileLayer {
	layers := make([]fileLayer, w.Layers())
	for l := range layers {
		in, out := dims(w.W[l])
		layers[l].Bias = append([]float64(nil), data(w.B[l])...)
		for o := range out {
			row := make([]float64, in)
			for i := range in {
				row[i] = data(w.W[l])[i*out+o]
			}
			layers[l].Weight = append(layers[l].Weight, row)
		}
	}
	return layers
}

// WriteWeights writes weights as JSON: [{"weight": [out][in], "bias": [out]}, …].
// The error wraps what the writer said.
func WriteWeights(w io.Writer, weights Weights) error {
	enc := json.NewEncoder(w)
	if err := enc.Encode(fileLayers(weights)); err != nil {
		return fmt.Errorf("writing weights: %w", err)
	}
	return nil
}

// maxWeightsFile bounds what a weights file may make us read, in bytes.
const maxWeightsFile = 64 << 20

// ReadWeights reads what [WriteWeights] wrote. The layers must fit each other;
// every number must be finite. The error says what is wrong with the text, and in which layer,
// or wraps what the reader said.
func ReadWeights(r io.Reader) (Weights, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxWeightsFile+1))
	if err != nil {
		return Weights{}, fmt.Errorf("reading weights: %w", err)
	}
	if len(raw) > maxWeightsFile {
		return Weights{}, fmt.Errorf("more than %d MB", maxWeightsFile>>20)
	}
	var layers []fileLayer
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&layers); err != nil {
		return Weights{}, fmt.Errorf(`not a JSON list of {"weight":[[…]],"bias":[…]}: %w`, err)
	}
	if dec.More() {
		return Weights{}, fmt.Errorf("something follows the list of layers")
	}
	if len(layers) == 0 {
		return Weights{}, fmt.Errorf("no layers")
	}
	var net Weights
	for l, layer := range layers {
		w, b, err := layer.matrices()
		if err != nil {
			return Weights{}, fmt.Errorf("layer %d: %w", l+1, err)
		}
		if l > 0 {
			in, _ := dims(w)
			if _, out := dims(net.W[l-1]); in != out {
				return Weights{}, fmt.Errorf("layer %d takes %d inputs but layer %d gives %d", l+1, in, l, out)
			}
		}
		net.W, net.B = append(net.W, w), append(net.B, b)
	}
	return net, nil
}

func (l fileLayer) matrices() (w, b *tensor.Dense, err error) {
	out := len(l.Weight)
	if out == 0 || len(l.Weight[0]) == 0 {
		return nil, nil, fmt.Errorf("the weight matrix is empty")
	}
	if len(l.Bias) != out {
		return nil, nil, fmt.Errorf("%d rows of weights but %d biases", out, len(l.Bias))
	}
	in := len(l.Weight[0])
	w, b = New(in, out), New(1, out)
	copy(data(b), l.Bias)
	for o, row := range l.Weight {
		if len(row) != in {
			return nil, nil, fmt.Errorf("row %d has %d weights, row 1 has %d", o+1, len(row), in)
		}
		for i, x := range row {
			data(w)[i*out+o] = x
		}
	}
	return w, b, nil // JSON cannot spell NaN or infinity, and refuses 1e999
}

// Widths returns the sizes of a network: features, hidden layers, classes.
func Widths(w Weights) []int {
	in, _ := dims(w.W[0])
	sizes := []int{in}
	for _, m := range w.W {
		_, out := dims(m)
		sizes = append(sizes, out)
	}
	return sizes
}

// Count returns how many weights and biases a network has.
func Count(features int, hidden []int, classes int) int {
	sizes, n := Sizes(features, hidden, classes), 0
	for l := range len(sizes) - 1 {
		n += (sizes[l] + 1) * sizes[l+1]
	}
	return n
}
