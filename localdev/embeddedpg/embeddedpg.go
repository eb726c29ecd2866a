// Package embeddedpg runs a real PostgreSQL 16 for local work and for tests, without Docker and without root's
// ordinary powers: an installed one, or else the npm package of this platform. Everything lies below one folder
// (.local/postgres in the repository).
//
// A server is named, and processes that ask for the same name share it. Each holds a named pipe open; a guard process
// waits for the pipe's end and then stops the server. So the last user's death ends the server, however it died, and
// nobody has to count.
package embeddedpg

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options says which server is wanted.
type Options struct {
	// Root is the folder below which binaries and data live; made when missing.
	Root string
	// Name tells servers apart: lower-case letters, digits and dashes.
	Name string
	// Throwaway removes the data with the server.
	Throwaway bool
	// Unsafe trades durability for speed: for tests only. Data that does not survive a crash is made anew.
	Unsafe bool
	// Notice, when set, gets a line about anything that takes long.
	Notice func(string)
}

const (
	startTimeout = 60 * time.Second
	stopTimeout  = 30 * time.Second
	pollEvery    = 20 * time.Millisecond
)

// Server is a running PostgreSQL that this process uses, alone or with others.
type Server struct {
	place     place
	users     *lockFile
	pipe      *os.File
	throwaway bool
}

// Start joins the running server of this name or starts it. The server lives until the last process that started or
// joined it calls Stop or dies.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	ctx, cancel := context.WithTimeout(ctx, installTimeout+startTimeout)
	defer cancel()
	h, err := openHome(o.Root)
	if err != nil {
		return nil, fmt.Errorf("local PostgreSQL: %w", err)
	}
	bin, err := h.binaries(ctx, o.Notice)
	if err != nil {
		return nil, fmt.Errorf("local PostgreSQL: %w", err)
	}
	if o.Throwaway {
		h.sweep(o.Name)
	}
	p, err := h.place(o.Name)
	if err != nil {
		return nil, fmt.Errorf("local PostgreSQL: %w", err)
	}
	s, err := p.attach(ctx, bin, o)
	if err != nil {
		return nil, fmt.Errorf("local PostgreSQL %q: %w", o.Name, err)
	}
	return s, nil
}

// attach decides between joining and starting; one process at a time does.
func (p place) attach(ctx context.Context, bin string, o Options) (*Server, error) {
	turn, err := lock(ctx, p.turnFile())
	if err != nil {
		return nil, err
	}
	defer turn.release()
	users, err := openLock(p.usersFile())
	if err != nil {
		return nil, err
	}
	s := &Server{place: p, users: users, throwaway: o.Throwaway}
	joined, err := s.join(ctx)
	if err == nil && !joined {
		err = s.launch(ctx, bin, o)
	}
	if err != nil {
		s.drop()
		return nil, err
	}
	return s, nil
}

// join holds the pipe of a server that some other process uses. Only a use that goes on after the pipe was opened proves
// that the guard has not seen its end meanwhile.
func (s *Server) join(ctx context.Context) (bool, error) {
	if !s.users.heldByOthers() {
		return false, s.place.awaitGone(ctx)
	}
	pipe, err := s.place.openPipe()
	if err != nil {
		return false, s.place.awaitGone(ctx)
	}
	s.pipe = pipe
	if !s.users.heldByOthers() || s.place.ping(ctx) != nil {
		s.pipe.Close()
		s.pipe = nil
		return false, s.place.awaitGone(ctx)
	}
	return true, s.users.share()
}

func (s *Server) launch(ctx context.Context, bin string, o Options) error {
	p := s.place
	if err := p.ensureCluster(ctx, bin, o.Notice); err != nil {
		return err
	}
	err := s.run(ctx, bin, o)
	if err == nil || !o.Unsafe || ctx.Err() != nil {
		return err
	}
	// A server that promises nothing after a crash may have kept that promise: begin again, once.
	o.Notice("the test server's data is damaged; making it anew: " + err.Error())
	if err := os.RemoveAll(p.data()); err != nil {
		return err
	}
	if err := p.ensureCluster(ctx, bin, o.Notice); err != nil {
		return err
	}
	return s.run(ctx, bin, o)
}

// run starts guard and server and returns when the server answers.
func (s *Server) run(ctx context.Context, bin string, o Options) error {
	p := s.place
	exited, err := p.startGuard(bin, o)
	if err != nil {
		return err
	}
	ready := time.NewTicker(pollEvery)
	defer ready.Stop()
	deadline, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		if s.pipe == nil {
			s.pipe, _ = p.openPipe()
		}
		if s.pipe != nil && p.ping(deadline) == nil {
			return s.users.share()
		}
		select {
		case <-exited:
			s.closePipe()
			return fmt.Errorf("the server ended at once; its log %s says: %s", p.log(), tail(p.log()))
		case <-deadline.Done():
			s.closePipe()
			return fmt.Errorf("the server does not answer after %s; see %s", startTimeout, p.log())
		case <-ready.C:
		}
	}
}

// URL is the connection string of one database, for the server's superuser over its socket.
func (s *Server) URL(database string) string { return s.place.url(database) }

// EnsureDatabase creates a database of this name unless it exists.
func (s *Server) EnsureDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var exists bool
	err = conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&exists)
	if err != nil || exists {
		return err
	}
	if _, err := conn.Exec(ctx, "create database "+pgx.Identifier{name}.Sanitize()); err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}

// Stop leaves the server. When no other process uses it, it has ended when Stop returns.
func (s *Server) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	turn, err := lock(ctx, s.place.turnFile())
	if err != nil {
		s.drop()
		return err
	}
	defer turn.release()
	s.users.unshare()
	last := !s.users.heldByOthers()
	s.drop()
	if !last {
		return nil
	}
	if err := s.place.awaitGone(ctx); err != nil {
		return fmt.Errorf("stop local PostgreSQL: %w", err)
	}
	if s.throwaway {
		return s.place.remove()
	}
	return nil
}

func (s *Server) drop() {
	s.closePipe()
	s.users.release()
}

func (s *Server) closePipe() {
	if s.pipe != nil {
		s.pipe.Close()
		s.pipe = nil
	}
}

func (p place) url(database string) string {
	q := url.Values{"host": {p.socketDir}}
	return "postgres://postgres@/" + url.PathEscape(database) + "?" + q.Encode()
}

func (p place) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.url("postgres"))
	if err != nil {
		return err
	}
	return errors.Join(conn.Ping(ctx), conn.Close(ctx))
}

// tail gives the last part of a log file, for an error message.
func tail(path string) string {
	b, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return err.Error()
	}
	if len(b) > 600 {
		b = b[len(b)-600:]
	}
	return string(b)
}
