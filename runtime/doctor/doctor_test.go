package doctor

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/license"
	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

func find(t *testing.T, findings []Finding, what string) Finding {
	t.Helper()
	for _, f := range findings {
		if f.What == what {
			return f
		}
	}
	t.Fatalf("nothing about %s in %v", what, findings)
	return Finding{}
}

func migrations() string {
	return "MIGRATIONS_DIR=" + filepath.Join(testkit.Root(), "migrations")
}

// keys are what a server that others reach needs.
func keys() []string {
	return []string{"JWT_SECRET=" + strings.Repeat("j", 32), "ENCRYPTION_KEY=" + strings.Repeat("e", 32)}
}

// signed is a licence that ends in so many days.
func signed(t *testing.T, days int) []string {
	t.Helper()
	private, public, err := license.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	key, err := license.ParsePrivateKey(string(private))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	token, err := license.Issue(license.Grant{ID: rand.Text(), Customer: "Example Ltd", Seats: 25, Issued: now.AddDate(-1, 0, 0), Expires: now.AddDate(0, 0, days)}, key)
	if err != nil {
		t.Fatal(err)
	}
	return []string{"LICENSE_MODE=jwt", "LICENSE_TOKEN=" + token, "LICENSE_PUBLIC_KEY=" + public}
}

// greeter is a mail server that takes no mail; what it was asked for comes out of the channel.
func greeter(t *testing.T) (settings []string, asked <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	commands := make(chan string, 20)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer close(commands)
		defer conn.Close()
		fmt.Fprint(conn, "220 mail.example.org\r\n")
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			command, _, _ := strings.Cut(lines.Text(), " ")
			commands <- command
			if command == "QUIT" {
				fmt.Fprint(conn, "221 goodbye\r\n")
				return
			}
			fmt.Fprint(conn, "250 as you like\r\n")
		}
	}()
	return []string{"NOTIFY_BACKEND=smtp", "NOTIFY_FROM=threatwerk@example.org", "SMTP_HOST=127.0.0.1", "SMTP_TLS=none",
		fmt.Sprintf("SMTP_PORT=%d", listener.Addr().(*net.TCPAddr).Port)}, commands
}

func TestAHealthyInstallation(t *testing.T) {
	t.Parallel()
	environ := append(keys(), "DATABASE_URL="+testkit.DatabaseURL(t), migrations(), "APP_URL=https://threatwerk.example.org")
	environ = append(environ, signed(t, 300)...)
	mail, asked := greeter(t)
	environ = append(environ, mail...)
	findings := Look(t.Context(), Options{Environ: environ, Tasks: 2, Offline: true})
	if Worst(findings) != Fine {
		t.Errorf("%v", findings)
	}
	for what, words := range map[string]string{
		"secret": "in the environment", "database version": "PostgreSQL 16", "database connections": "2 tasks x 20 + 10 = 50", "schema": "at migration",
		"mail": "answers", "licence": "25 seats",
	} {
		if f := find(t, findings, what); !strings.Contains(f.Seen, words) {
			t.Errorf("%s: %s", what, f.Seen)
		}
	}
	for command := range asked {
		if command == "MAIL" || command == "RCPT" || command == "DATA" {
			t.Errorf("the mail server was asked for %s", command)
		}
	}
	f := find(t, Look(t.Context(), Options{Environ: environ[:5], Tasks: 500, Offline: true}), "database connections")
	if f.State != Wrong || !strings.Contains(f.Seen, "500 tasks x 20 + 10 = 10010") || f.Remedy == "" {
		t.Errorf("too many tasks: %v", f)
	}
}

func TestEachFaultHasARemedy(t *testing.T) {
	t.Parallel()
	empty := testkit.EmptyDB(t).Config().ConnString()
	const public = "APP_URL=https://threatwerk.example.org"
	for _, c := range []struct {
		what    string
		environ []string
		state   State
		words   string
	}{
		{"settings", []string{"LOG_LEVEL=loud", "DB_MAX_OPEN_CONNS=2"}, Wrong, "DB_MAX_OPEN_CONNS is \"2\""},
		{"secret", nil, Unclear, "made up"},
		{"secret", []string{public}, Wrong, "JWT_SECRET must be at least 32 characters"},
		{"secret", []string{public, keys()[0]}, Wrong, "ENCRYPTION_KEY must be at least 32 characters"},
		{"secret", []string{"JWT_SECRET=hunter2"}, Wrong, "openssl rand"},
		{"secret", []string{"DATABASE_URL=postgres://masteruser:MASTER_PASSWORD@h/threatwerk"}, Wrong, "placeholder MASTER_PASSWORD"},
		{"secret", []string{"SECRETS_MANAGER_ARN=threatwerk"}, Wrong, "set AWS_REGION"},
		{"database", []string{"DATABASE_URL=postgres://u:hunter2@127.0.0.1:1/x"}, Wrong, "database not reachable"},
		{"database", nil, Wrong, "set DATABASE_URL"},
		{"APP_URL", nil, Unclear, "not set"},
		{"APP_URL", []string{"APP_URL=http://threatwerk.example.org"}, Wrong, "not https"},
		{"schema", []string{"DATABASE_URL=" + empty, migrations()}, Unclear, "none yet"},
		{"schema", []string{"DATABASE_URL=" + empty, "MIGRATIONS_DIR=/nonexistent"}, Wrong, "/nonexistent"},
		{"mail", nil, Unclear, "NOTIFY_BACKEND"},
		{"mail", []string{"NOTIFY_BACKEND=smtp", "NOTIFY_FROM=a@example.org", "SMTP_HOST=127.0.0.1", "SMTP_PORT=1", "SMTP_TLS=none"}, Wrong, "SMTP_PORT"},
		{"licence", nil, Wrong, "AWS_REGION"},
		{"licence", []string{"AWS_REGION=eu-central-1"}, Wrong, "LICENSE_PRODUCT_SKU"},
		{"licence", []string{"LICENSE_MODE=jwt"}, Unclear, "evaluation"},
		{"licence", []string{"LICENSE_MODE=jwt", "LICENSE_TOKEN=hunter2"}, Wrong, "LICENSE_PUBLIC_KEY"},
		{"licence", signed(t, 10), Unclear, "ask for the next one"},
		{"licence", signed(t, -90), Wrong, "nothing changed"},
	} {
		f := find(t, Look(t.Context(), Options{Environ: c.environ, Tasks: 1, Offline: true}), c.what)
		if f.State != c.state || !strings.Contains(f.String(), c.words) || f.Remedy == "" || strings.Contains(f.String(), "hunter2") {
			t.Errorf("%s with %v: %v", c.what, c.environ, f)
		}
	}
}

func TestSitesThatCannotBeReached(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	findings := reach(t.Context(), []site{{host: at}, {host: "nowhere.invalid:443"}, {host: at, plain: true}})
	for i, words := range []string{"NAT gateway", "DNS", "NAT gateway"} {
		if f := findings[i]; f.State != Unclear || !strings.Contains(f.Remedy, words) {
			t.Errorf("%v", f)
		}
	}
}

func TestOnlyWhatIsPolledHasToBeReached(t *testing.T) {
	t.Parallel()
	for environ, want := range map[string][]site{
		"INTEL_FEEDS=kev,cve,ghsa":                            {{host: "www.cisa.gov:443"}, {host: "api.github.com:443"}},
		"INTEL_BASE_URL=https://mirror.example.org/feeds":     {{host: "mirror.example.org:443"}},
		"INTEL_BASE_URL=http://mirror.example.org:8090/feeds": {{host: "mirror.example.org:8090", plain: true}},
	} {
		c, err := config.Parse([]string{environ})
		if err != nil {
			t.Fatal(err)
		}
		if got := sites(c); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v", environ, got)
		}
	}
	for _, feed := range config.Feeds {
		if published[feed] == "" {
			t.Errorf("where %s is published is not known", feed)
		}
	}
}
