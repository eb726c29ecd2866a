package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// errGate ends push with status 1: everything worked and the findings are worse than --fail-on allows.
var errGate = errors.New("the findings reach --fail-on")

// errForbidden is what the token does not allow.
var errForbidden = errors.New("the token does not allow it")

type pusher struct {
	server, product, release, failOn string
	token                            string
	out, progress                    io.Writer
}

// gates are the words of --fail-on, each with the severities that reach it.
var gates = map[string][]string{
	"critical": {"critical"},
	"high":     {"critical", "high"},
	"medium":   {"critical", "high", "medium"},
	"low":      {"critical", "high", "medium", "low"},
	"any":      {"critical", "high", "medium", "low", "none", "unknown"},
	"kev":      nil, "none": nil,
}

func pushCommand() *cobra.Command {
	p := &pusher{}
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "push FILE --url URL --product NAME --release VERSION",
		Short: "Upload an SBOM, wait for its findings, and fail a build on them",
		Long: `push uploads an SBOM to a running ThreatWerk, waits until it is matched, and prints the findings. Product and release are
made where they do not exist.

It needs an API token with the scope upload, and read to show findings and for --fail-on, in THREATWERK_TOKEN or --token; other
users of the machine can see what a command line holds.

Exit status 0: done; 1: findings reach --fail-on; 2: it did not work.`,
		Args: takes("one SBOM", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, known := gates[p.failOn]; !known {
				return usage(cmd, fmt.Errorf("--fail-on %q: use critical, high, medium, low, any, kev or none", p.failOn))
			}
			if p.token == "" {
				p.token = os.Getenv("THREATWERK_TOKEN")
			}
			p.out, p.progress = cmd.OutOrStdout(), cmd.ErrOrStderr()
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			return p.push(ctx, args[0])
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&p.server, "url", "", "where ThreatWerk answers, such as http://127.0.0.1:8080")
	flags.StringVar(&p.product, "product", "", "name of the product")
	flags.StringVar(&p.release, "release", "", "version of the release")
	flags.StringVar(&p.failOn, "fail-on", "none", "critical, high, medium, low, any, kev or none")
	flags.StringVar(&p.token, "token", "", "API token; better in THREATWERK_TOKEN")
	flags.DurationVar(&timeout, "timeout", 10*time.Minute, "give up after this long")
	for _, name := range []string{"url", "product", "release"} {
		cobra.CheckErr(cmd.MarkFlagRequired(name))
	}
	return cmd
}

func (p *pusher) push(ctx context.Context, file string) error {
	body, err := compressed(file)
	if err != nil {
		return err
	}
	q := url.Values{"product": {p.product}, "release": {p.release}, "file_name": {filepath.Base(file)}}
	var accepted struct {
		Unchanged bool
		SBOM      struct {
			ID        int64
			ReleaseID int64 `json:"release_id"`
		}
	}
	if err := p.call(ctx, http.MethodPost, "/api/v1/sboms?"+q.Encode(), body, &accepted); err != nil {
		return err
	}
	if err := p.await(ctx, accepted.SBOM.ID); err != nil {
		return err
	}
	if accepted.Unchanged {
		fmt.Fprintln(p.progress, "The release has this document already; nothing was changed.")
	}
	err = p.report(ctx, accepted.SBOM.ReleaseID)
	if errors.Is(err, errForbidden) && p.failOn == "none" {
		fmt.Fprintln(p.progress, "Uploaded and matched. The token has no scope read, so the findings are not shown.")
		return nil
	}
	return err
}

func compressed(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.Copy(z, f); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// await follows the document until it is matched, with a bar where a person reads along.
func (p *pusher) await(ctx context.Context, id int64) error {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	tty := isTerminal(p.progress)
	for {
		var s struct {
			Status  string
			Message string `json:"status_message"`
			Done    int    `json:"progress_done"`
			Total   int    `json:"progress_total"`
		}
		if err := p.call(ctx, http.MethodGet, fmt.Sprintf("/api/v1/sboms/%d", id), nil, &s); err != nil {
			return err
		}
		if tty {
			fmt.Fprintf(p.progress, "\r\x1b[K%s", bar(s.Done, s.Total))
		}
		if s.Status != "stored" && tty {
			fmt.Fprint(p.progress, "\r\x1b[K")
		}
		switch s.Status {
		case "matched":
			return nil
		case "failed":
			return fmt.Errorf("matching failed: %s", s.Message)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the document is stored but not matched yet (%d of %d components): %w", s.Done, s.Total, ctx.Err())
		case <-tick.C:
		}
	}
}

func bar(done, total int) string {
	const width = 30
	filled := 0
	if total > 0 {
		filled = min(width, width*done/total)
	}
	return fmt.Sprintf("matching [%s%s] %d of %d components", strings.Repeat("=", filled), strings.Repeat(" ", width-filled), done, total)
}

type pushed struct {
	Severity      string
	Score         *float64
	KEV           bool
	Fixed         string `json:"fixed_version"`
	Component     struct{ Name, Version string }
	Vulnerability struct{ Name string }
}

// report prints every finding and decides by --fail-on.
func (p *pusher) report(ctx context.Context, release int64) error {
	t := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "SEVERITY\tVULNERABILITY\tCOMPONENT\tUPGRADE TO\tEXPLOITED")
	total, reached, cursor := 0, 0, ""
	for {
		var page struct {
			Items []pushed
			Next  string `json:"next_cursor"`
		}
		q := url.Values{"release_id": {fmt.Sprint(release)}, "limit": {"200"}, "cursor": {cursor}}
		if cursor == "" {
			q.Del("cursor")
		}
		if err := p.call(ctx, http.MethodGet, "/api/v1/findings?"+q.Encode(), nil, &page); err != nil {
			return err
		}
		for _, f := range page.Items {
			total++
			if p.reaches(f) {
				reached++
			}
			f.line(t)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if total == 0 {
		fmt.Fprintln(p.out, "No findings.")
		return nil
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if reached > 0 {
		return fmt.Errorf("%w %s: %d of %d", errGate, p.failOn, reached, total)
	}
	return nil
}

func (p *pusher) reaches(f pushed) bool {
	if p.failOn == "kev" {
		return f.KEV
	}
	for _, s := range gates[p.failOn] {
		if s == f.Severity {
			return true
		}
	}
	return false
}

func (f pushed) line(w io.Writer) {
	severity, exploited, fixed := f.Severity, "", f.Fixed
	if f.Score != nil {
		severity = fmt.Sprintf("%s %.1f", severity, *f.Score)
	}
	if f.KEV {
		exploited = "yes (KEV)"
	}
	if fixed == "" {
		fixed = "no fix known"
	}
	fmt.Fprintf(w, "%s\t%s\t%s %s\t%s\t%s\n", severity, clean(f.Vulnerability.Name), clean(f.Component.Name),
		clean(f.Component.Version), clean(fixed), exploited)
}

// call sends one request; an answer that is no success becomes an error with the server's words and places.
func (p *pusher) call(ctx context.Context, method, path string, body []byte, out any) error {
	res, err := p.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if res.StatusCode >= 300 {
		err := refusal(res.Status, answer)
		switch res.StatusCode {
		case http.StatusUnauthorized:
			err = fmt.Errorf("%w\nMake a token in your profile and set THREATWERK_TOKEN", err)
		case http.StatusForbidden:
			err = fmt.Errorf("%w: %w", errForbidden, err)
		}
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s does not answer like ThreatWerk: %w", p.server, err)
	}
	return nil
}

func refusal(status string, answer []byte) error {
	var said struct {
		Title, Detail string
		RequestID     string `json:"request_id"`
		Faults        []struct{ Path, Message string }
	}
	if json.Unmarshal(answer, &said) != nil || said.Detail == "" && said.Title == "" {
		return fmt.Errorf("the server answered %s", status)
	}
	words := said.Detail
	if words == "" {
		words = said.Title
	}
	for _, f := range said.Faults {
		words += fmt.Sprintf("\n  %s: %s", f.Path, f.Message)
	}
	if said.RequestID != "" {
		words += "\n  request " + said.RequestID
	}
	return errors.New(words)
}
