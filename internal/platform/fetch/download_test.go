package fetch

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// archive is something like a zip of a few MB.
var archive = append([]byte("PK"), bytes.Repeat([]byte("0123456789abcdef"), 200_000)...)

// partly sends the file from where it is asked to, and breaks off after some bytes.
func partly(etag string, after int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", etag)
		http.ServeContent(&breaking{ResponseWriter: w, left: after}, r, "all.zip", time.Time{}, bytes.NewReader(archive))
	}
}

type breaking struct {
	http.ResponseWriter
	left int
}

func (b *breaking) Write(p []byte) (int, error) {
	if b.left < len(p) {
		_, _ = b.ResponseWriter.Write(p[:b.left])
		panic(http.ErrAbortHandler)
	}
	b.left -= len(p)
	return b.ResponseWriter.Write(p)
}

func downloaded(t *testing.T, service Service, parts ...http.HandlerFunc) (ranges []string, waits []time.Duration, err error) {
	t.Helper()
	client, s, clock, url := serve(t, service, parts...)
	f, err := client.Download(t.Context(), Request{URL: url, Want: Zip})
	for _, r := range s.requests() {
		ranges = append(ranges, r.Header.Get("Range"))
	}
	waits = clock.Slept()
	if err != nil {
		return ranges, waits, err
	}
	got, reading := io.ReadAll(f)
	if reading != nil || !bytes.Equal(got, archive) || f.Size != int64(len(archive)) {
		t.Errorf("%d bytes of %d, %v", len(got), len(archive), reading)
	}
	if closing := f.Close(); closing != nil {
		t.Error(closing)
	}
	return ranges, waits, nil
}

func TestDownloadGoesOnWhereItBroke(t *testing.T) {
	t.Parallel()
	ranges, _, err := downloaded(t, Service{}, partly(`"a"`, 100_000), status(503), partly(`"a"`, 100_000), partly(`"a"`, 1<<30))
	var first, second, third int
	if err == nil {
		_, err = fmt.Sscanf(strings.Join(ranges[1:], " "), "bytes=%d- bytes=%d- bytes=%d-", &first, &second, &third)
	}
	if err != nil || first == 0 || second != first || third <= second {
		t.Errorf("asked for %q, %v", ranges, err)
	}
}

func TestDownloadStartsAnew(t *testing.T) {
	t.Parallel()
	another := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes 5-%d/%d", len(archive)-1, len(archive)))
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(archive[5:])
	}
	for name, parts := range map[string][]http.HandlerFunc{
		"another version by now": {partly(`"a"`, 100_000), partly(`"b"`, 1<<30)},
		"no version is named":    {partly("", 100_000), partly("", 1<<30)},
		"a weak version":         {partly(`W/"a"`, 100_000), partly(`W/"a"`, 1<<30)},
		"another part":           {partly(`"a"`, 100_000), another, partly(`"a"`, 1<<30)},
		"no such part":           {partly(`"a"`, 100_000), status(416), partly(`"a"`, 1<<30)},
		"a page first":           {body("text/html", "<html>"), partly(`"a"`, 1<<30)},
	} {
		if ranges, _, err := downloaded(t, Service{}, parts...); err != nil || len(ranges) != len(parts) {
			t.Errorf("%s: asked for %q, %v", name, ranges, err)
		}
	}
}

func TestDownloadThatGetsOnIsNotCountedAsFailing(t *testing.T) {
	t.Parallel()
	slow := partly(`"a"`, 1<<20+10_000)
	if _, waits, err := downloaded(t, Service{Tries: 2}, slow, slow, slow, slow); err != nil || len(waits) != 3 {
		t.Errorf("%v after waiting %v", err, waits)
	}
	stuck := partly(`"a"`, 10_000)
	if _, _, err := downloaded(t, Service{Tries: 2}, stuck); err == nil || !FailureOf(err).Temporary {
		t.Errorf("goes on for ever: %v", err)
	}
}

func TestDownloadLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	client, _, _, url := serve(t, Service{}, partly(`"a"`, 1<<30), status(304), status(404))
	for _, want := range []error{nil, nil, errors.New("not found")} {
		f, err := client.Download(t.Context(), Request{URL: url, Want: Zip, ETag: `"a"`})
		if (err == nil) != (want == nil) {
			t.Fatal(err)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
			t.Errorf("left while open: %v, %v", left, err)
		}
		if err == nil {
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestDownloadTooLarge(t *testing.T) {
	t.Parallel()
	client, s, _, url := serve(t, Service{}, partly(`"a"`, 1<<30))
	if _, err := client.Download(t.Context(), Request{URL: url, MaxBody: 1000}); err == nil || len(s.requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(s.requests()))
	}
}

func TestGunzipIsBounded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.gz")
	if err := os.WriteFile(path, packed(t, make([]byte, 1<<20)), 0o600); err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int64]bool{1 << 20: true, 1<<20 - 1: false} {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Gunzip(f, limit)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r)
		var too *TooLargeError
		if (err == nil) != want || errors.As(err, &too) == want || n != limit {
			t.Errorf("limit %d: %d bytes, %v", limit, n, err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
func packed(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
