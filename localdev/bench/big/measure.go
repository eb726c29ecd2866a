package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// target is what 95 of 100 requests have to stay under.
const target = 300 * time.Millisecond

type question struct {
	binary, base, only string
	rounds             int
}

// caller is somebody who asks: with a token, or with a session's cookie where tokens may not.
type caller struct{ name, base, header, value string }

// taken are the times of one operation.
type taken struct {
	name  string
	times []time.Duration
	size  int // bytes of the longest answer
}

// hopeless says that asking again would tell nothing new.
func (t *taken) hopeless() bool { return len(t.times) > 1 && t.times[0]+t.times[1] > 10*target }

func (t *taken) quantile(q float64) time.Duration {
	slices.Sort(t.times)
	return t.times[min(int(q*float64(len(t.times))), len(t.times)-1)]
}

func measure(ctx context.Context, q question) error {
	if q.base == "" {
		stop, err := q.serve(ctx)
		if err != nil {
			return err
		}
		defer stop()
	}
	callers, err := q.callers(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%-62s %-7s %6s %7s %7s %7s %5s\n", "OPERATION", "AS", "ASKED", "P50 MS", "P95 MS", "MAX MS", "KB")
	slow, asked := 0, 0
	for _, c := range callers {
		for _, o := range operations() {
			if !strings.Contains(o.name, q.only) || o.person && c.header != "Cookie" || !o.person && c.header == "Cookie" {
				continue
			}
			results, err := c.ask(ctx, o, q.rounds)
			if err != nil {
				return fmt.Errorf("%s as %s: %w", o.name, c.name, err)
			}
			for _, r := range results {
				mark := ""
				if r.quantile(0.95) > target {
					mark = "  over"
					slow++
				}
				asked++
				ms := func(d time.Duration) string { return fmt.Sprintf("%.0f", float64(d.Microseconds())/1000) }
				fmt.Printf("%-62s %-7s %6d %7s %7s %7s %5d%s\n", r.name, c.name, len(r.times), ms(r.quantile(0.5)), ms(r.quantile(0.95)),
					ms(r.quantile(1)), r.size>>10, mark)
			}
		}
	}
	fmt.Printf("%d of %d over %s at p95\n", slow, asked, target)
	return nil
}

// ask sends an operation's requests and follows the pages of lists.
func (c caller) ask(ctx context.Context, o operation, rounds int) ([]*taken, error) {
	first, following := &taken{name: o.name}, &taken{name: o.name + ", next pages"}
	dice := rand.New(rand.NewPCG(7, 7))
	for round := range rounds + 1 {
		if first.hopeless() {
			break
		}
		path := o.path(dice)
		for page := range 4 {
			began := time.Now()
			body, err := c.get(ctx, path)
			if err != nil {
				return nil, err
			}
			if to := []*taken{first, following}[min(page, 1)]; round > 0 { // the first warms up
				to.times, to.size = append(to.times, time.Since(began)), max(to.size, len(body))
			}
			var answer struct {
				Next string `json:"next_cursor"`
			}
			if !o.list {
				break
			}
			if err := json.Unmarshal(body, &answer); err != nil {
				return nil, err
			}
			if answer.Next == "" {
				break
			}
			path = withCursor(path, answer.Next)
		}
	}
	if len(following.times) == 0 {
		return []*taken{first}, nil
	}
	return []*taken{first, following}, nil
}

func withCursor(path, cursor string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	q := u.Query()
	q.Set("cursor", cursor)
	u.RawQuery = q.Encode()
	return u.String()
}

func (c caller) get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return nil, err
	}
	if c.header != "" {
		req.Header.Set(c.header, c.value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK && res.StatusCode != http.StatusNotFound { // a product that is not theirs
		err = fmt.Errorf("%s answered %s: %s", path, res.Status, body)
	}
	return body, err
}

// serve starts the built server and waits until it answers.
func (q *question) serve(ctx context.Context) (stop func(), err error) {
	const addr = "127.0.0.1:18097"
	cmd := exec.CommandContext(ctx, q.binary, "serve")
	cmd.Env = append(os.Environ(), "LISTEN_ADDR="+addr, "APP_URL=http://"+addr, "INTEL_POLL_MODE=scheduled-task", "LICENSE_MODE=jwt", "LOG_LEVEL=error",
		"RATE_LIMIT_RPS=100000", "RATE_LIMIT_BURST=100000", "METRICS_ADDR=127.0.0.1:0")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	q.base = "http://" + addr
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 600 {
		if _, err := (caller{base: q.base}).get(ctx, "/health"); err == nil {
			return stop, nil
		}
		<-tick.C
	}
	stop()
	return nil, fmt.Errorf("the server did not answer at %s", addr)
}

// callers are an admin with a token and with a session, and a person who sees nine tenths of the products.
func (q *question) callers(ctx context.Context) ([]caller, error) {
	link := exec.CommandContext(ctx, q.binary, "access", "link", "--mail", "bench@example.org")
	link.Env, link.Stderr = append(os.Environ(), "APP_URL="+q.base, "LOG_LEVEL=error", "LICENSE_MODE=jwt"), os.Stderr
	out, err := link.Output()
	if err != nil {
		return nil, fmt.Errorf("ask for a link: %w", err)
	}
	cookie, err := q.signIn(ctx, strings.TrimSpace(string(out)))
	if err != nil {
		return nil, err
	}
	tokens := map[string]string{"admin": "bench@example.org", "viewer": "viewer1@example.org"}
	err = withDatabase(ctx, func(conn *pgx.Conn) error {
		for name, mail := range tokens {
			tokens[name] = "twk_" + strings.Repeat(name[:1], 43)
			sum := sha256.Sum256([]byte(tokens[name]))
			_, err := conn.Exec(ctx, `
				insert into api_tokens (user_id, name, hash, hint, scopes, expires_at)
				select id, 'bench', @hash, 'made', array['read'], now() + interval '1 hour' from users where email = @mail
				on conflict (hash) do update set expires_at = excluded.expires_at`, pgx.NamedArgs{"hash": sum[:], "mail": mail})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return []caller{
		{"admin", q.base, "Authorization", "Bearer " + tokens["admin"]},
		{"viewer", q.base, "Authorization", "Bearer " + tokens["viewer"]},
		{"admin", q.base, "Cookie", cookie},
	}, err
}

func (q *question) signIn(ctx context.Context, link string) (string, error) {
	u, err := url.Parse(link)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(map[string]string{"secret": u.Fragment})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, q.base+"/api/v1/session/link", strings.NewReader(string(body)))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", q.base)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var cookies []string
	for _, c := range res.Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	if len(cookies) == 0 {
		return "", fmt.Errorf("signing in answered %s", res.Status)
	}
	return strings.Join(cookies, "; "), nil
}
