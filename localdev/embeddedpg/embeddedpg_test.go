package embeddedpg_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/localdev/embeddedpg"
)

// beUser makes this test binary a process that uses the server of this name until it is killed.
const beUser = "EMBEDDEDPG_TEST_BE_USER"

func TestMain(m *testing.M) {
	name := os.Getenv(beUser)
	if name == "" {
		os.Exit(m.Run())
	}
	s, err := embeddedpg.Start(context.Background(), options(name))
	if err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	os.Stdout.WriteString(s.URL("postgres") + "\n")
	select {}
}

func options(name string) embeddedpg.Options {
	return embeddedpg.Options{
		Root: filepath.Join("..", "..", ".local", "postgres"), Name: name, Throwaway: true, Unsafe: true,
	}
}

func TestTheServerLivesAsLongAsItsLastUser(t *testing.T) {
	ctx := context.Background()
	name := embeddedpg.Throwaway()
	first := startUser(t, name)
	second, err := embeddedpg.Start(ctx, options(name))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(ctx, second.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	first.kill(t)
	var n int
	if err := conn.QueryRow(ctx, "select 1").Scan(&n); err != nil {
		t.Errorf("the server went with the process that started it, though another uses it: %v", err)
	}
	if err := second.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := pgx.Connect(ctx, second.URL("postgres")); err == nil {
		t.Error("the server still answers after its last user stopped it")
	}
	if _, err := os.Stat(filepath.Join(options(name).Root, name)); err == nil {
		t.Error("the throwaway data are still there")
	}
}

func TestAKilledUserTakesTheServerAlong(t *testing.T) {
	ctx := context.Background()
	name := embeddedpg.Throwaway()
	user := startUser(t, name)
	user.kill(t)
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, user.url)
		if err != nil {
			break
		}
		conn.Close(ctx)
		select {
		case <-ctx.Done():
			t.Fatal("the server outlives the process that was killed")
		case <-tick.C:
		}
	}
	// What the dead one left is in nobody's way.
	again, err := embeddedpg.Start(ctx, options(name))
	if err != nil {
		t.Fatalf("start after a kill: %v", err)
	}
	if err := again.Stop(); err != nil {
		t.Error(err)
	}
}

type userProcess struct {
	cmd *exec.Cmd
	url string
}

func startUser(t *testing.T, name string) userProcess {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), beUser+"="+name)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line := bufio.NewScanner(out)
	line.Scan()
	if _, err := pgx.ParseConfig(line.Text()); err != nil || line.Text() == "" {
		t.Fatalf("the helper process says: %s", line.Text())
	}
	return userProcess{cmd: cmd, url: line.Text()}
}

func (u userProcess) kill(t *testing.T) {
	t.Helper()
	if err := u.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = u.cmd.Wait()
}
