package sbom

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

func crcOf(data []byte) uint32 { return crc32.ChecksumIEEE(data) }

// Each hostile document must be done with in this much memory and time, whatever comes out.
const (
	hostileHeap = 256 << 20
	hostileTime = 2 * time.Second
)

// repeat gives head, n times unit, and tail, without holding them.
func repeat(head, unit string, n int, tail string) io.Reader {
	return io.MultiReader(strings.NewReader(head), &repeater{unit: unit, left: n}, strings.NewReader(tail))
}

type repeater struct {
	unit string
	left int
	rest string
}

func (r *repeater) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if r.rest == "" {
			if r.left == 0 {
				break
			}
			r.left--
			r.rest = r.unit
		}
		k := copy(p[n:], r.rest)
		r.rest = r.rest[k:]
		n += k
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// numbered gives n units, each with its number in place of %d.
func numbered(head, format string, n int, tail string) io.Reader {
	r, w := io.Pipe()
	go func() {
		b := bufio.NewWriterSize(w, 1<<20)
		_, err := io.WriteString(b, head)
		parts := strings.Split(format, "%d")
		var unit []byte
		for i := 0; i < n && err == nil; i++ {
			unit = append(unit[:0], parts[0]...)
			for _, p := range parts[1:] {
				unit = append(strconv.AppendInt(unit, int64(i), 10), p...)
			}
			_, err = b.Write(unit)
		}
		if err == nil {
			_, err = io.WriteString(b, tail)
		}
		if err == nil {
			err = b.Flush()
		}
		w.CloseWithError(err)
	}()
	return r
}

func zipped(r io.Reader) io.Reader {
	pr, pw := io.Pipe()
	go func() {
		z := gzip.NewWriter(pw)
		_, err := io.Copy(z, r)
		if err == nil {
			err = z.Close()
		}
		pw.CloseWithError(err)
	}()
	return pr
}

func TestHostileDocuments(t *testing.T) {
	const mb = 1 << 20 / hostileScale
	lim := Limits{MaxBytes: defaultMaxBytes / hostileScale, MaxComponents: defaultMaxComponents / hostileScale}
	const cdx = `{"bomFormat":"CycloneDX","specVersion":"1.5","components":[`
	const xmlHead = `<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components>`
	for _, c := range []struct {
		name string
		doc  func() io.Reader
		want problem.Kind // empty: accepted
		code string
	}{
		{"300 MB of open brackets", func() io.Reader { return repeat(`{"x":`, "[", 300*mb, "") }, problem.TooLarge, "too_deep"},
		{"300 MB of nested objects", func() io.Reader { return repeat("", `{"components":[`, 20*mb, "") }, problem.TooLarge, "too_deep"},
		{"nested components", func() io.Reader { return repeat(cdx, `{"name":"a","components":[`, mb, "") }, problem.TooLarge, "too_deep"},
		{"nested elements", func() io.Reader { return repeat(xmlHead, "<component><components>", 10*mb, "") }, problem.TooLarge, "too_deep"},
		{"gzip bomb of blanks", func() io.Reader { return zipped(repeat(cdx, " ", 400*mb, "]}")) }, problem.TooLarge, "too_large"},
		{"one huge string", func() io.Reader { return repeat(`{"bomFormat":"`, "a", 200*mb, `"}`) }, problem.TooLarge, "too_large"},
		{"one huge name", func() io.Reader { return repeat(cdx+`{"name":"`, "a", 100*mb, `"}]}`) }, "", ""},
		{"one huge key", func() io.Reader { return repeat(`{"`, "a", 100*mb, `":1}`) }, problem.Unsupported, "not_an_sbom"},
		{"one huge number", func() io.Reader { return repeat(`{"version":`, "1", 100*mb, `}`) }, problem.Malformed, "syntax"},
		{"duplicate keys", func() io.Reader {
			return repeat(`{"bomFormat":"CycloneDX","specVersion":"1.5"`, `,"specVersion":"1.5"`, 5*mb, `}`)
		}, problem.TooLarge, "too_many_faults"},
		{"distinct keys", func() io.Reader { return numbered(`{"bomFormat":"CycloneDX","specVersion":"1.5"`, `,"k%d":0`, mb, `}`) }, "", ""},
		{"too many components", func() io.Reader { return repeat(cdx, `{"type":"file","name":"a"},`, 400_000, `{}]}`) }, problem.TooLarge, "too_many_components"},
		{"empty components", func() io.Reader { return repeat(cdx, `{},`, 20*mb, `{}]}`) }, problem.TooLarge, "too_many_faults"},
		{"null components", func() io.Reader { return repeat(cdx, `null,`, 20*mb, `{}]}`) }, problem.TooLarge, "too_many_faults"},
		{"one component with many cpes", func() io.Reader {
			return repeat(cdx+`{"name":"a","properties":[`, `{"name":"syft:cpe23","value":"cpe:2.3:a:b:c:1"},`, 2*mb, `{}]}]}`)
		}, "", ""},
		{"edges", func() io.Reader {
			return numbered(cdx+`],"dependencies":[{"ref":"a","dependsOn":[`, `"r%d",`, 3_000_000, `"z"]}]}`)
		}, problem.TooLarge, "too_many_references"},
		{"repeated edges", func() io.Reader {
			return repeat(cdx+`],"dependencies":[{"ref":"a","dependsOn":[`, `"b",`, 20*mb, `"z"]}]}`)
		}, problem.TooLarge, "too_many_edges"},
		{"targets before their ref", func() io.Reader {
			return repeat(cdx+`],"dependencies":[{"dependsOn":[`, `"b",`, 20*mb, `"z"],"ref":"a"}]}`)
		}, problem.TooLarge, "too_many_edges"},
		{"entity expansion", func() io.Reader {
			return strings.NewReader("<!DOCTYPE bom [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>" + xmlHead + "<component><name>&b;</name></component></components></bom>")
		}, problem.Malformed, "entities"},
		{"one huge text in XML", func() io.Reader {
			return repeat(xmlHead+"<component><name>", "a", 100*mb, "</name></component></components></bom>")
		}, problem.TooLarge, "too_long"},
		{"one huge attribute", func() io.Reader { return repeat(`<bom x="`, "a", 100*mb, `"/>`) }, problem.TooLarge, "too_long"},
		{"one huge line", func() io.Reader { return repeat("SPDXVersion: SPDX-2.3\nPackageName: ", "a", 100*mb, "\n") }, problem.TooLarge, "too_long"},
		{"text never closed", func() io.Reader {
			return repeat("SPDXVersion: SPDX-2.3\nPackageComment: <text>", "aaaaaaaaa\n", 10*mb, "")
		}, "", ""},
		{"bad lines", func() io.Reader { return repeat("SPDXVersion: SPDX-2.3\n", "nonsense\n", mb, "") }, problem.TooLarge, "too_many_faults"},
		{"huge YAML", func() io.Reader { return repeat("spdxVersion: SPDX-2.3\nx:\n", "- a\n", 20*mb, "") }, problem.TooLarge, "too_large"},
		{"deep YAML", func() io.Reader { return repeat("spdxVersion: SPDX-2.3\nx: ", "[", mb, "") }, problem.Malformed, "syntax"},
		{"YAML aliases", func() io.Reader {
			return strings.NewReader("spdxVersion: SPDX-2.3\na: &a [x,x,x]\nb: &b [*a,*a,*a]\npackages: [*b,*b,*b]\n")
		}, problem.Malformed, "alias"},
		{"relationships", func() io.Reader {
			return numbered(`{"spdxVersion":"SPDX-2.3","relationships":[`, `{"spdxElementId":"a%d","relationshipType":"CONTAINS","relatedSpdxElement":"b%d"},`, 1_500_000, `{}]}`)
		}, problem.TooLarge, "too_many_references"},
		{"files", func() io.Reader {
			return numbered(`{"spdxVersion":"SPDX-2.3","files":[`, `{"SPDXID":"SPDXRef-%d"},`, 3_000_000, `{}]}`)
		}, problem.TooLarge, "too_many_references"},
		{"envelopes", func() io.Reader { return repeat("", `{"sbom":`, 1000, "") }, problem.Unsupported, "too_many_layers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var doc *Document
			var err error
			var heap uint64
			var took time.Duration
			for range 3 { // the best counts: a busy machine makes even processor time longer
				heap, took = spent(func() { doc, err = Read(context.Background(), c.doc(), lim) })
				if heap <= hostileHeap && took <= hostileTime || raceDetector {
					break
				}
			}
			t.Logf("%d MiB, %s: %v", heap>>20, took.Round(time.Millisecond), err)
			if heap > hostileHeap {
				t.Errorf("took %d MiB", heap>>20)
			}
			if took > hostileTime && !raceDetector {
				t.Errorf("took %s", took)
			}
			if c.want == "" {
				if err != nil || doc == nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if problem.KindOf(err) != c.want || !strings.Contains(fmt.Sprint(err.(*problem.Error).Faults), c.code) {
				t.Errorf("want %s %s, got %v", c.want, c.code, err)
			}
		})
	}
}

// TestLargestDocument reads as many components as a document may have: no attack, but as dear as it gets.
func TestLargestDocument(t *testing.T) {
	const head = `{"bomFormat":"CycloneDX","specVersion":"1.5","components":[`
	input := numbered(head, `{"type":"library","bom-ref":"pkg:npm/a%d@1.0.0","name":"a%d","version":"1.0.0","purl":"pkg:npm/a%d@1.0.0"},`,
		defaultMaxComponents-1, `{"type":"library","name":"a"}]}`)
	var doc *Document
	var err error
	heap, took := spent(func() { doc, err = Read(context.Background(), input, DefaultLimits()) })
	if err != nil || len(doc.Components) != defaultMaxComponents {
		t.Fatal(err)
	}
	t.Logf("%d MiB, %s", heap>>20, took.Round(time.Millisecond))
	if !raceDetector && (heap > hostileHeap || took > 3*hostileTime) {
		t.Errorf("took %d MiB, %s", heap>>20, took)
	}
}

// spent runs fn and gives the most heap that was in use meanwhile, and the processor time, which unlike the time of day
// does not depend on what else the machine does.
func spent(fn func()) (heap uint64, took time.Duration) {
	inUse := func() uint64 {
		m := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(m)
		return m[0].Value.Uint64()
	}
	runtime.GC()
	before := inUse()
	var most atomic.Uint64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				if used := inUse(); used > before && used-before > most.Load() {
					most.Store(used - before)
				}
			}
		}
	}()
	start := cpuTime()
	fn()
	took = cpuTime() - start
	close(done)
	<-ended
	return most.Load(), took
}
