package pg_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

func TestOpenSaysHowToReachTheDatabase(t *testing.T) {
	t.Parallel()
	there := testkit.EmptyDB(t).Config().ConnConfig
	cases := []struct{ name, url, want string }{
		{"not set", "", "set DATABASE_URL"},
		{"nonsense", "postgres://user:hunter2@host:port/x", "something like postgres://"},
		{"nobody listens", "postgres://user:hunter2@127.0.0.1:1/x", "running PostgreSQL"},
		{"no such database", strings.Replace(there.ConnString(), there.Database, "absent", 1), "no such database"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := pg.Open(context.Background(), pg.Config{URL: c.url})
			if err == nil {
				t.Fatal("opened")
			}
			text := err.Error()
			if !strings.HasPrefix(text, "database not reachable") || !strings.Contains(text, c.want) {
				t.Errorf("%q: want \"database not reachable\" and %q", text, c.want)
			}
			if strings.Contains(text, "hunter2") {
				t.Errorf("the password is in %q", text)
			}
			if !problem.Is(err, problem.Unavailable) {
				t.Errorf("kind %s, want unavailable", problem.KindOf(err))
			}
		})
	}
}

func TestOpenWaitsForADatabaseThatComesUp(t *testing.T) {
	t.Parallel()
	target := testkit.EmptyDB(t).Config().ConnConfig
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := door.Addr().String()
	door.Close()
	refused := make(chan error, 1)
	go func() {
		// Opens the port only after a first attempt must have met a closed one.
		_, err := pg.Open(context.Background(), pg.Config{URL: "postgres://postgres@" + address + "/x"})
		refused <- err
		serveOnce(t, address, target)
	}()
	pool, err := pg.Open(context.Background(), pg.Config{
		URL:  fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=disable", target.User, target.Password, address, target.Database),
		Wait: 20 * time.Second, MaxConns: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	pool.Close()
	if <-refused == nil {
		t.Error("the port was open from the start: nothing was waited for")
	}
}

// serveOnce passes connections on to the real server.
func serveOnce(t *testing.T, address string, target *pgx.ConnConfig) {
	door, err := net.Listen("tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	t.Cleanup(func() { door.Close() })
	go func() {
		for {
			in, err := door.Accept()
			if err != nil {
				return
			}
			network, host := pgconn.NetworkAddress(target.Host, target.Port)
			out, err := net.Dial(network, host)
			if err != nil {
				in.Close()
				continue
			}
			go relay(in, out)
			go relay(out, in)
		}
	}()
}

func relay(from, to net.Conn) {
	defer to.Close()
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func TestIdleConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pool, err := pg.Open(ctx, pg.Config{URL: testkit.EmptyDB(t).Config().ConnString(), MaxConns: 6, MaxIdle: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var held []*pgxpool.Conn
	for range 6 {
		conn, err := pool.Acquire(ctx)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, conn)
	}
	for _, conn := range held {
		conn.Release()
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for pool.Stat().TotalConns() > 2 {
		select {
		case <-ctx.Done():
			t.Fatalf("connections kept = %d, want at most 2", pool.Stat().TotalConns())
		case <-tick.C:
		}
	}
}

func TestInTxRunsAgainWhenPostgreSQLGivesUp(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pool := testkit.EmptyDB(t)
	if _, err := pool.Exec(ctx, "create table account (id int primary key, amount int); insert into account values (1, 0), (2, 0)"); err != nil {
		t.Fatal(err)
	}
	// Two transactions lock the same two rows in opposite order, each after the other has its first: one must yield.
	met := make(chan struct{}, 2)
	var group errgroup.Group
	for _, order := range [][2]int{{1, 2}, {2, 1}} {
		group.Go(func() error {
			first := true
			return pg.InTx(ctx, pool, func(tx pgx.Tx) error {
				if _, err := tx.Exec(ctx, "update account set amount = amount + 1 where id = $1", order[0]); err != nil {
					return err
				}
				if first {
					first = false
					met <- struct{}{}
					for len(met) < 2 {
						if _, err := tx.Exec(ctx, "select 1"); err != nil {
							return err
						}
					}
				}
				_, err := tx.Exec(ctx, "update account set amount = amount + 1 where id = $1", order[1])
				return err
			})
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	var low, high int
	if err := pool.QueryRow(ctx, "select min(amount), max(amount) from account").Scan(&low, &high); err != nil {
		t.Fatal(err)
	}
	if low != 2 || high != 2 {
		t.Errorf("amounts %d and %d, want 2 and 2: a transaction ran half, or twice", low, high)
	}
}

func TestInTxRollsBackAndLeavesTheConnectionUsable(t *testing.T) {
	t.Parallel()
	pool := testkit.EmptyDB(t)
	ctx := context.Background()
	if _, err := pool.Exec(ctx, "create table t (n int)"); err != nil {
		t.Fatal(err)
	}
	wanted := errors.New("no")
	ending, cancel := context.WithCancel(ctx)
	err := pg.InTx(ending, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "insert into t values (1)"); err != nil {
			return err
		}
		cancel()
		return wanted
	})
	if !errors.Is(err, wanted) {
		t.Errorf("error %v, want the function's own", err)
	}
	// Inside a transaction it is a savepoint: the outer one goes on.
	err = pg.InTx(ctx, pool, func(tx pgx.Tx) error {
		_ = pg.InTx(ctx, tx, func(inner pgx.Tx) error {
			_, err := inner.Exec(ctx, "select 1/0")
			return err
		})
		_, err := tx.Exec(ctx, "insert into t values (2)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var sum int
	if err := pool.QueryRow(ctx, "select sum(n) from t").Scan(&sum); err != nil {
		t.Fatal(err)
	}
	if sum != 2 {
		t.Errorf("sum %d, want 2: the first transaction must leave nothing, the second its row", sum)
	}
}

func TestProblemTellsALostConnectionFromAWrongStatement(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pool := testkit.EmptyDB(t)
	_, wrong := pool.Exec(ctx, "select 1/0")
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	_, ended := pool.Exec(canceled, "select 1")
	conn, err := pool.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, killed := conn.Exec(ctx, "select pg_terminate_backend(pg_backend_pid())")
	_, closed := conn.Exec(ctx, "select 1")
	conn.Release()
	_, refused := pgx.Connect(ctx, "postgres://u@127.0.0.1:1/x")
	cases := []struct {
		name string
		err  error
		want problem.Kind
	}{
		{"wrong statement", wrong, problem.Internal},
		{"the caller's own cancellation", ended, problem.Internal},
		{"terminated by the administrator", killed, problem.Unavailable},
		{"connection gone before", closed, problem.Unavailable},
		{"refused", fmt.Errorf("store: %w", refused), problem.Unavailable},
		{"a problem already", problem.New(problem.Conflict, "taken"), problem.Conflict},
	}
	for _, c := range cases {
		if c.err == nil {
			t.Errorf("%s: no error to judge", c.name)
			continue
		}
		if got := problem.KindOf(pg.Problem(c.err)); got != c.want {
			t.Errorf("%s: kind %s, want %s (%v)", c.name, got, c.want, c.err)
		}
	}
	if pg.Problem(nil) != nil {
		t.Error("nil became an error")
	}
}

func TestConstraintViolationsAreTold(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pool := testkit.EmptyDB(t)
	if _, err := pool.Exec(ctx, "create table t (n int constraint t_n_unique unique); insert into t values (1)"); err != nil {
		t.Fatal(err)
	}
	_, err := pool.Exec(ctx, "insert into t values (1)")
	if !pg.IsUnique(err, "t_n_unique") || !pg.IsUnique(err, "") || pg.IsUnique(err, "other") || pg.IsForeignKey(err, "") {
		t.Errorf("not recognised: %v", err)
	}
}
