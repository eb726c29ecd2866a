package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/sbom"
)

func body(s string) io.Reader      { return strings.NewReader(s) }
func bodyBytes(b []byte) io.Reader { return bytes.NewReader(b) }

func zipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func form(t *testing.T, field string, content []byte) (body []byte, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField("note", "comes before the document"); err != nil {
		t.Fatal(err)
	}
	part, err := w.CreateFormFile(field, "from-form.json")
	if err == nil {
		_, err = part.Write(content)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), w.FormDataContentType()
}

type receipt struct {
	SBOM struct {
		ID        int64
		ReleaseID int64 `json:"release_id"`
		SHA256    string
		SizeBytes int64  `json:"size_bytes"`
		FileName  string `json:"file_name"`
		Status    string
		Current   bool
	}
	Job       *struct{ ID int64 }
	Unchanged bool
}

func TestUploadsInEveryFormStoreTheSameBytes(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	document := demo(t, "storefront-web-5.1.0.cdx.json")
	formBody, formType := form(t, "file", document)
	for i, tc := range []struct {
		name, fileName string
		body           []byte
		header         []string
	}{
		{"raw", "named.json", document, []string{"Content-Type", "application/json"}},
		{"raw without a type", "named.json", document, nil},
		{"as curl sends it", "named.json", document, []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"gzip", "named.json", zipped(t, document), []string{"Content-Encoding", "gzip", "Content-Type", "application/octet-stream"}},
		{"form", "from-form.json", formBody, []string{"Content-Type", formType}},
		{"form in gzip", "from-form.json", zipped(t, formBody), []string{"Content-Type", formType, "Content-Encoding", "gzip"}},
	} {
		path := fmt.Sprintf("/api/v1/sboms?product=Shop&release=%d", i)
		if tc.fileName == "named.json" {
			path += "&file_name=named.json"
		}
		a := f.call("POST", path, bodyBytes(tc.body), tc.header...)
		if a.status != http.StatusAccepted {
			t.Errorf("%s: answered %d: %s", tc.name, a.status, a.body)
			continue
		}
		var r receipt
		a.decode(t, &r)
		if r.SBOM.SizeBytes != int64(len(document)) || r.SBOM.FileName != tc.fileName || !r.SBOM.Current || r.SBOM.Status != "stored" ||
			r.Job == nil || r.Unchanged || a.header.Get("Location") != fmt.Sprintf("/api/v1/sboms/%d", r.SBOM.ID) {
			t.Errorf("%s: %s, Location %s", tc.name, a.body, a.header.Get("Location"))
		}
		got := f.want(http.StatusOK, "GET", fmt.Sprintf("/api/v1/sboms/%d/document", r.SBOM.ID), "", nil)
		if !bytes.Equal(got.body, document) {
			t.Errorf("%s: the download differs from what was sent", tc.name)
		}
		if d := got.header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") || !strings.Contains(d, tc.fileName) {
			t.Errorf("%s: Content-Disposition %q", tc.name, d)
		}
		f.want(http.StatusOK, "GET", fmt.Sprintf("/api/v1/jobs/%d", r.Job.ID), "", nil)
	}
}

func TestRefusedDocumentsLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{MaxBytes: 1 << 20})
	f.want(http.StatusCreated, "POST", "/api/v1/products", `{"name":"Shop"}`, nil)
	f.want(http.StatusCreated, "POST", "/api/v1/products/1/releases", `{"version":"1"}`, nil)
	whole := demo(t, "orders-service-2.4.0.cdx.json")
	noFile, noFileType := form(t, "other", whole)
	cutForm, cutFormType := form(t, "file", whole)
	before := f.written()
	for _, tc := range []struct {
		name, path string
		body       []byte
		header     []string
		status     int
		kind       string
	}{
		{"nothing", "", nil, nil, 400, "malformed"},
		{"white space", "", []byte(" \n "), nil, 400, "malformed"},
		{"HTML", "", []byte("<!doctype html><html><body>404</body></html>"), nil, 415, "unsupported"},
		{"other JSON", "", []byte(`{"name":"package","version":"1.0.0"}`), nil, 415, "unsupported"},
		{"cut off", "", whole[:len(whole)/2], nil, 400, "malformed"},
		{"cut off in gzip", "", zipped(t, whole)[:400], []string{"Content-Encoding", "gzip"}, 400, "malformed"},
		{"no gzip", "", whole, []string{"Content-Encoding", "gzip"}, 400, "malformed"},
		{"an encoding that is not read", "", whole, []string{"Content-Encoding", "br"}, 415, "unsupported"},
		{"nested without end", "", []byte(`{"bomFormat":"CycloneDX","specVersion":"1.5","components":` + strings.Repeat("[", 500_000)), nil, 413, "too_large"},
		{"too large", "", append(whole, bytes.Repeat([]byte(" "), 1<<20)...), nil, 413, "too_large"},
		{"a bomb", "", zipped(t, bytes.Repeat([]byte(" "), 64<<20)), []string{"Content-Encoding", "gzip"}, 413, "too_large"},
		{"a bomb within the document", "", zipped(t, bytes.Repeat([]byte(" "), 64<<20)), nil, 413, "too_large"},
		{"a form without the field", "", noFile, []string{"Content-Type", noFileType}, 422, "invalid"},
		{"a form cut off", "", cutForm[:len(cutForm)/2], []string{"Content-Type", cutFormType}, 400, "malformed"},
		{"a form without boundary", "", cutForm, []string{"Content-Type", "multipart/form-data"}, 400, "malformed"},
		{"no such release", "/api/v1/releases/99/sboms", whole, nil, 404, "not_found"},
		{"a blank name", "/api/v1/sboms?product=%20&release=1", whole, nil, 422, "invalid"},
		{"no name", "/api/v1/sboms?release=1", whole, nil, 422, "invalid"},
		{"HTML for a new product", "/api/v1/sboms?product=New&release=1", []byte("<html>"), nil, 415, "unsupported"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := &fixture{t: t, url: f.url, pool: f.pool, cookie: f.cookie}
			path := tc.path
			if path == "" {
				path = "/api/v1/releases/1/sboms"
			}
			f.refused(f.call("POST", path, bodyBytes(tc.body), tc.header...), tc.status, tc.kind)
			if diff := cmp.Diff(before, f.written()); diff != "" {
				t.Errorf("something was written:\n%s", diff)
			}
		})
	}
}

func TestPreviewStoresNothingAndCompares(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	f.call("POST", "/api/v1/sboms?product=Shop&release=1", bodyBytes(demo(t, "orders-service-2.4.0.cdx.json")))
	before := f.written()
	var p struct {
		SBOM       struct{ Format string }
		Components struct {
			Total       int
			ByEcosystem []struct{ Ecosystem string } `json:"by_ecosystem"`
		}
		Difference *struct{ Added, Removed, Unchanged int }
	}
	a := f.call("POST", "/api/v1/sboms/preview?release_id=1", bodyBytes(demo(t, "orders-service-2.4.0.cdx.json")))
	a.decode(t, &p)
	if a.status != http.StatusOK || p.Difference == nil || p.Difference.Added+p.Difference.Removed != 0 || p.Difference.Unchanged != 18 ||
		p.Components.Total != 18 || p.SBOM.Format != "cyclonedx" {
		t.Errorf("answered %d: %s", a.status, a.body)
	}
	a = f.call("POST", "/api/v1/sboms/preview?release_id=1", bodyBytes(demo(t, "edge-proxy-1.8.0.spdx.json")))
	a.decode(t, &p)
	if p.Difference == nil || p.Difference.Added != p.Components.Total || p.Difference.Removed != 18 {
		t.Errorf("answered %d: %s", a.status, a.body)
	}
	if diff := cmp.Diff(before, f.written()); diff != "" {
		t.Errorf("a preview wrote:\n%s", diff)
	}
}

func TestSecondUploadChangesNoRowAndAnOlderOneIsCurrentAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	push := func(document []byte) receipt {
		t.Helper()
		a := f.call("POST", "/api/v1/sboms?product=Shop&release=1", bodyBytes(document))
		if a.status != http.StatusAccepted {
			t.Fatalf("answered %d: %s", a.status, a.body)
		}
		var r receipt
		a.decode(t, &r)
		return r
	}
	old, next := demo(t, "orders-service-2.4.0.cdx.json"), demo(t, "storefront-web-5.1.0.cdx.json")
	first := push(old)
	before := f.written()
	if again := push(old); !again.Unchanged || again.Job != nil || again.SBOM.ID != first.SBOM.ID {
		t.Errorf("the second upload: %+v", again)
	}
	if diff := cmp.Diff(before, f.written()); diff != "" {
		t.Errorf("the second upload wrote (-before +after):\n%s", diff)
	}
	second := push(next)
	if back := push(old); back.Unchanged || back.SBOM.ID != first.SBOM.ID || !back.SBOM.Current || back.Job == nil {
		t.Errorf("the older document again: %+v", back)
	}
	var history list[struct {
		ID      int64
		Current bool
	}]
	f.want(http.StatusOK, "GET", "/api/v1/releases/1/sboms", "", &history)
	if len(history.Items) != 2 || history.Items[0].ID != second.SBOM.ID || history.Items[0].Current || !history.Items[1].Current {
		t.Errorf("history %+v", history.Items)
	}
}

func TestTwoUploadsAtOnceStoreOne(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	document := demo(t, "orders-service-2.4.0.cdx.json")
	const n = 5
	answers := make([]answer, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { answers[i] = f.call("POST", "/api/v1/sboms?product=Shop&release=1", bodyBytes(document)) })
	}
	wg.Wait()
	stored := 0
	for _, a := range answers {
		var r receipt
		if a.status != http.StatusAccepted {
			t.Fatalf("answered %d: %s", a.status, a.body)
		}
		a.decode(t, &r)
		if !r.Unchanged {
			stored++
		}
	}
	var documents, jobs int
	if err := f.pool.QueryRow(t.Context(), `select (select count(*) from sboms), (select count(*) from river_job)`).Scan(&documents, &jobs); err != nil {
		t.Fatal(err)
	}
	if stored != 1 || documents != 1 || jobs != 1 {
		t.Errorf("%d stored, %d documents, %d jobs; want 1 of each", stored, documents, jobs)
	}
}

func TestDatabaseGoneIsSaidInWords(t *testing.T) {
	t.Parallel()
	pool := gonePool(t)
	f := fixtureOn(t, pool, sbom.Limits{})
	document := demo(t, "orders-service-2.4.0.cdx.json")
	// The database goes while the document is on its way.
	reader, writer := io.Pipe()
	go func() {
		_, err := writer.Write(document[:1000])
		pool.Close()
		if err == nil {
			_, err = writer.Write(document[1000:])
		}
		_ = writer.CloseWithError(err)
	}()
	a := f.call("POST", "/api/v1/sboms?product=Shop&release=1", reader)
	if p := f.refused(a, http.StatusServiceUnavailable, "unavailable"); !strings.Contains(p.Detail, "database not reachable") || a.header.Get("Retry-After") == "" {
		t.Errorf("said %q, Retry-After %q", p.Detail, a.header.Get("Retry-After"))
	}
	f.refused(f.call("GET", "/api/v1/products", nil), http.StatusServiceUnavailable, "unavailable")
	f.want(http.StatusOK, "GET", "/health", "", nil)
}
