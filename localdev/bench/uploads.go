package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"
)

func countAdvisories(ctx context.Context) (int, error) {
	conn, err := pgx.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	var n int
	err = conn.QueryRow(ctx, `select count(*) from advisories`).Scan(&n)
	return n, err
}

// uploads measures each document on a server of its own, so that a peak belongs to one document.
func (b *bench) uploads(ctx context.Context, w *tabwriter.Writer) error {
	fmt.Fprintln(w, "UPLOAD TO FINDINGS\tCOMPONENTS\tFINDINGS\tFIRST\tSAME AGAIN\tNEXT RELEASE\tPEAK MIB (IDLE)\tNEXT/FIRST\tOSV-SCANNER COLD\tITS MIB")
	for i, name := range documents {
		if err := b.upload(ctx, w, fmt.Sprintf("bench-%d", i), filepath.Join(b.data, "sboms", "real", name)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (b *bench) upload(ctx context.Context, w *tabwriter.Writer, product, file string) error {
	document, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	s, err := b.serve(ctx)
	if err != nil {
		return err
	}
	defer s.stop()
	idle := s.peak()
	first, stored, err := s.push(ctx, product, "1", document)
	if err != nil {
		return err
	}
	again, _, err := s.push(ctx, product, "1", document)
	if err != nil {
		return err
	}
	next, _, err := s.push(ctx, product, "2", document)
	if err != nil {
		return err
	}
	var summary struct {
		Open struct {
			Total int `json:"total"`
		} `json:"open"`
	}
	if err := s.call(ctx, http.MethodGet, fmt.Sprintf("/api/v1/findings/summary?release_id=%d", stored.Release), nil, &summary); err != nil {
		return err
	}
	peer, peerMiB := "-", "-"
	if b.scanner != "" {
		u, err := b.scan(ctx, file)
		if err != nil {
			return err
		}
		peer, peerMiB = fmt.Sprintf("%.2f s", u.wall.Seconds()), strconv.FormatInt(u.mib(), 10)
	}
	fmt.Fprintf(w, "%s\t%d\t%d\t%.2f s\t%.2f s\t%.2f s\t%d (%d)\t%.2f\t%s\t%s\n", filepath.Base(file), stored.Components,
		summary.Open.Total, first.Seconds(), again.Seconds(), next.Seconds(), s.peak()>>20, idle>>20,
		next.Seconds()/first.Seconds(), peer, peerMiB)
	return nil
}

// scan runs a cold osv-scanner over one document; exit status 1 means that it found something.
func (b *bench) scan(ctx context.Context, file string) (usage, error) {
	cmd := exec.CommandContext(ctx, b.scanner, "scan", "source", "--offline", "--offline-vulnerabilities", "--all-packages",
		"--all-vulns", "--no-resolve", "--format", "json", "-L", file)
	u, err := measure(cmd, b.env())
	if err != nil && cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 1 {
		err = nil
	}
	return u, err
}

type server struct {
	cmd   *exec.Cmd
	base  string
	token string
}

// serve starts the built server on a free port and waits until it answers.
func (b *bench) serve(ctx context.Context) (*server, error) {
	addr := "127.0.0.1:18089"
	cmd := exec.CommandContext(ctx, b.binary, "serve")
	cmd.Env = append(b.env(), "LISTEN_ADDR="+addr, "INTEL_POLL_MODE=scheduled-task", "LICENSE_MODE=jwt")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, base: "http://" + addr}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 400 {
		if err := s.call(ctx, http.MethodGet, "/health", nil, &struct{}{}); err == nil {
			access := exec.CommandContext(ctx, b.binary, "access", "token", "--mail", "bench@localhost", "--scope", "read,upload,write")
			access.Env, access.Stderr = b.env(), os.Stderr
			out, err := access.Output()
			s.token = strings.TrimSpace(string(out))
			return s, err
		}
		<-tick.C
	}
	s.stop()
	return nil, fmt.Errorf("the server did not answer at %s", addr)
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peak is the process's largest resident set so far, in bytes; 0 where the system does not tell.
func (s *server) peak() int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	m := highWater.FindSubmatch(status)
	if m == nil {
		return 0
	}
	kb, _ := strconv.ParseInt(string(m[1]), 10, 64)
	return kb << 10
}

type uploaded struct {
	ID         int64 `json:"id"`
	Release    int64 `json:"release_id"`
	Components int   `json:"component_count"`
}

// push uploads and waits until the findings are there.
func (s *server) push(ctx context.Context, product, release string, document []byte) (time.Duration, uploaded, error) {
	q := url.Values{"product": {product}, "release": {release}}
	began := time.Now()
	var answer struct {
		SBOM uploaded `json:"sbom"`
	}
	if err := s.call(ctx, http.MethodPost, "/api/v1/sboms?"+q.Encode(), document, &answer); err != nil {
		return 0, uploaded{}, err
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		var state struct {
			Status  string `json:"status"`
			Message string `json:"status_message"`
		}
		if err := s.call(ctx, http.MethodGet, fmt.Sprintf("/api/v1/sboms/%d", answer.SBOM.ID), nil, &state); err != nil {
			return 0, uploaded{}, err
		}
		switch state.Status {
		case "matched":
			return time.Since(began), answer.SBOM, nil
		case "failed":
			return 0, uploaded{}, fmt.Errorf("matching failed: %s", state.Message)
		}
		select {
		case <-ctx.Done():
			return 0, uploaded{}, ctx.Err()
		case <-tick.C:
		}
	}
}

func (s *server) call(ctx context.Context, method, path string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s answered %s: %s", method, path, res.Status, answer)
	}
	return json.Unmarshal(answer, out)
}
