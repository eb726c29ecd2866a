package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// patience bounds every wait; a healthy run needs a fraction of it.
const patience = 90 * time.Second

// build compiles the command as it ships.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "threatwerk")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// server is the built command serving in a process of its own.
type server struct {
	t       *testing.T
	cmd     *exec.Cmd
	address string
	token   string // of an admin
	cookie  string // of the admin's session; empty: the token is sent
	log     *bytes.Buffer
}

func start(t *testing.T, binary string) *server {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, address: free.Addr().String(), log: &bytes.Buffer{}}
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	s.cmd = exec.Command(binary, "serve")
	s.cmd.Env = append(os.Environ(), "LISTEN_ADDR="+s.address, "INTEL_POLL_MODE=scheduled-task")
	s.cmd.Stderr = s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			_ = s.cmd.Process.Kill()
			_ = s.cmd.Wait()
		}
		if t.Failed() {
			t.Logf("the server's log:\n%s", s.log)
		}
	})
	s.until("the server answers", func() bool {
		res, err := http.Get("http://" + s.address + "/health")
		if err != nil {
			return false
		}
		return res.Body.Close() == nil && res.StatusCode == http.StatusOK
	})
	r := command(t, "", "access", "token", "--mail", "ci@example.org", "--scope", "read,upload,write")
	if s.token = strings.TrimSpace(r.out); r.code != exitDone || !strings.HasPrefix(s.token, "twk_") {
		t.Fatalf("no token: code %d\n%s%s", r.code, r.out, r.err)
	}
	return s
}

// do sends a request as the admin.
func (s *server) do(method, path string, body io.Reader) *http.Response {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.address+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.cookie != "" {
		req.Header.Set("Cookie", strings.TrimSuffix(s.cookie, "; "))
	} else {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	return res
}

// signedIn is the server as the admin sees it who followed the operator's link, for what no token may do.
func (s *server) signedIn() *server {
	s.t.Helper()
	r := command(s.t, "", "access", "link", "--mail", "ci@example.org")
	_, secret, found := strings.Cut(strings.TrimSpace(r.out), "#")
	if r.code != exitDone || !found {
		s.t.Fatalf("no link: code %d\n%s%s", r.code, r.out, r.err)
	}
	res, err := http.Post("http://"+s.address+"/api/v1/session/link", "application/json", strings.NewReader(`{"secret":"`+secret+`"}`))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	in := *s
	for _, c := range res.Cookies() {
		in.cookie += c.Name + "=" + c.Value + "; "
	}
	if in.cookie == "" {
		s.t.Fatalf("the link answered %d without a cookie", res.StatusCode)
	}
	return &in
}

// until asks again and again, and fails the test when patience ends.
func (s *server) until(what string, done func() bool) {
	s.t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			s.t.Fatalf("waited %s in vain until %s", patience, what)
		case <-tick.C:
		}
	}
}

func (s *server) kill() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		s.t.Fatal(err)
	}
	_ = s.cmd.Wait() // says that it was killed
}

func (s *server) terminate() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("the server was asked to end and did so with %v", err)
	}
}

func (s *server) get(path string, to any) {
	s.t.Helper()
	res := s.do(http.MethodGet, path, nil)
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(to); err != nil {
		s.t.Fatalf("%s: %v", path, err)
	}
}

func (s *server) upload(document []byte) (sbomID int64) {
	s.t.Helper()
	res := s.do(http.MethodPost, "/api/v1/sboms?product=Shop&release=1", bytes.NewReader(document))
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusAccepted {
		s.t.Fatalf("the upload was answered with %s (%v): %s", res.Status, err, content)
	}
	var r struct{ SBOM struct{ ID int64 } }
	if err := json.Unmarshal(content, &r); err != nil {
		s.t.Fatal(err)
	}
	return r.SBOM.ID
}

func TestKilledWhileMatchingItGoesOnOnceAfterRestart(t *testing.T) {
	pool := onDatabase(t)
	importSamples(t)
	// The import's own jobs are not what is tested.
	if _, err := pool.Exec(t.Context(), `delete from river_job`); err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile(sampleSBOM("orders-service-2.4.0.cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	binary := build(t)
	first := start(t, binary)
	// Uploads do not touch matches, the matcher must write them: it waits in the middle of its work while they are locked.
	holder, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holder.Exec(t.Context(), `lock table matches in exclusive mode`); err != nil {
		t.Fatal(err)
	}
	id := first.upload(document)
	first.until("the matcher waits for the lock", func() bool {
		return count(t, pool, `pg_locks where relation = 'matches'::regclass and not granted`) > 0
	})
	first.kill()
	if err := holder.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(t, pool, `findings`); n != 0 {
		t.Errorf("%d findings before the matcher's end", n)
	}

	second := start(t, binary)
	var state struct {
		Status         string
		ComponentCount int `json:"component_count"`
	}
	second.until("the document is matched after the restart", func() bool {
		second.get(fmt.Sprintf("/api/v1/sboms/%d", id), &state)
		return state.Status == "matched"
	})
	findings := count(t, pool, `findings where state = 'open'`)
	if findings == 0 || findings != count(t, pool, `findings`) || findings != count(t, pool, `finding_events where kind = 'opened'`) ||
		count(t, pool, `finding_events`) != findings {
		t.Errorf("%d open findings of %d, %d events", findings, count(t, pool, `findings`), count(t, pool, `finding_events`))
	}
	if n := count(t, pool, `occurrences`); n != 18 || state.ComponentCount != 18 {
		t.Errorf("%d occurrences, %d components, want 18 of each", n, state.ComponentCount)
	}
	second.until("the job is finished", func() bool { return count(t, pool, `river_job where kind = 'match_sbom' and state = 'completed'`) == 1 })
	if n := count(t, pool, `river_job where kind = 'match_sbom' and attempt = 2`); n != 1 || count(t, pool, `river_job where kind = 'match_sbom'`) != 1 {
		t.Errorf("%d jobs with two attempts of %d jobs, want the one", n, count(t, pool, `river_job where kind = 'match_sbom'`))
	}
	t.Run("push", func(t *testing.T) { pushes(t, second, findings) })
	t.Run("tokens", func(t *testing.T) { pushesWithLittle(t, second, pool) })
	second.terminate()
}

// pushes runs the command against a server that holds the sample's findings.
func pushes(t *testing.T, s *server, findings int) {
	broken := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(broken, []byte("<html>not found</html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	orders := sampleSBOM("orders-service-2.4.0.cdx.json")
	t.Setenv("THREATWERK_TOKEN", "")
	r := command(t, "", "push", orders, "--url", "http://"+s.address, "--product", "Shop", "--release", "1")
	if r.code != exitError || !strings.Contains(r.err, "set THREATWERK_TOKEN") {
		t.Errorf("push without a token: code %d\n%s", r.code, r.err)
	}
	t.Setenv("THREATWERK_TOKEN", s.token)
	for _, tc := range []struct {
		file, release, failOn string
		code                  int
		out, err              string // parts of what is said
	}{
		{orders, "1", "none", exitDone, "CVE-2021-44228", "nothing was changed"},
		{orders, "2", "critical", exitFound, "yes (KEV)", "the findings reach --fail-on critical"},
		{orders, "3", "kev", exitFound, "CVE-2022-22965", "the findings reach --fail-on kev"},
		{orders, "3", "any", exitFound, "", fmt.Sprintf("%d of %d", findings, findings)},
		{broken, "4", "any", exitError, "", "This is not an SBOM"},
	} {
		r := command(t, "", "push", tc.file, "--url", "http://"+s.address, "--product", "Shop", "--release", tc.release, "--fail-on", tc.failOn)
		if r.code != tc.code || !strings.Contains(r.out, tc.out) || !strings.Contains(r.err, tc.err) {
			t.Errorf("push %s --fail-on %s: code %d, want %d\n%s%s", filepath.Base(tc.file), tc.failOn, r.code, tc.code, r.out, r.err)
		}
	}
}

func TestKilledWhileReceivingNothingIsLeft(t *testing.T) {
	pool := onDatabase(t)
	document, err := os.ReadFile(sampleSBOM("orders-service-2.4.0.cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, build(t))
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST /api/v1/sboms?product=Shop&release=1 HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", s.address, s.token, len(document))
	if err != nil {
		t.Fatal(err)
	}
	// The server asks for the body only when the endpoint reads it: then it is in the middle of the upload.
	asked := make([]byte, len("HTTP/1.1 100 Continue"))
	if _, err := io.ReadFull(conn, asked); err != nil || !strings.HasSuffix(string(asked), "100 Continue") {
		t.Fatalf("%v: %q", err, asked)
	}
	if _, err := conn.Write(document[:len(document)/2]); err != nil {
		t.Fatal(err)
	}
	s.kill()
	for _, table := range []string{"products", "releases", "sboms", "components", "occurrences", "river_job where kind = 'match_sbom'"} {
		if n := count(t, pool, table); n != 0 {
			t.Errorf("%s holds %d rows", table, n)
		}
	}
}

func count(t *testing.T, pool *pgxpool.Pool, what string) int {
	t.Helper()
	var n int
	if err := pool.QueryRow(t.Context(), "select count(*) from "+what).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
