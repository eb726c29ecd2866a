package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// File is a download: a file without a name, which goes with the process however that ends. It must be closed.
type File struct {
	*os.File
	Size int64
	Answer
}

// Close closes the file and thereby frees its room.
func (f *File) Close() error {
	if f.File == nil {
		return nil
	}
	err := f.File.Close()
	// Where an open file cannot be removed its name is still there.
	if removing := os.Remove(f.Name()); removing != nil && !errors.Is(removing, os.ErrNotExist) {
		err = errors.Join(err, removing)
	}
	if err != nil {
		return fmt.Errorf("close a download: %w", err)
	}
	return nil
}

// Download is Get into a temporary file, read from its start: for what is too large for memory. A transfer that breaks
// off goes on from where it broke (RFC 9110 section 14, Range and If-Range) where the service names a version of what it
// sends, and tries that got further are not counted. NotModified leaves the file empty. Request.Read is not used.
func (c *Client) Download(ctx context.Context, r Request) (_ *File, err error) {
	file, err := os.CreateTemp("", "threatwerk-*")
	if err != nil {
		return nil, fmt.Errorf("make a temporary file: %w", err)
	}
	out := &File{File: file}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.Close())
		}
	}()
	// The open file needs no name; a process that is killed leaves nothing behind.
	if err := os.Remove(file.Name()); err != nil && !errors.Is(err, os.ErrPermission) {
		return nil, fmt.Errorf("make a temporary file: %w", err)
	}
	most := r.MaxBody
	def(&most, maxDownload)
	header := http.Header{"Accept-Encoding": {"identity"}} // a range counts the bytes that are sent
	for name, values := range r.Header {
		header[name] = values
	}
	r.Header = header
	d := &download{file: out, want: r.Want, most: most}
	if err := c.call(ctx, r, 0, d); err != nil {
		return nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read a temporary file: %w", err)
	}
	return out, nil
}

// maxDownload bounds a download whose request names no bound; OSV's largest dump has about a gigabyte.
const maxDownload = 4 << 30

// download is the state of one file over its tries.
type download struct {
	file  *File
	want  Content
	most  int64
	asked int64 // where the try under way asked to begin; 0: at the start
}

// goodProgress is what a broken try must have brought not to be counted as a failure.
const goodProgress = 1 << 20

func (d *download) take(resp *http.Response, k *call) error {
	before := d.file.Size
	d.file.Answer = answerOf(resp)
	if resp.StatusCode == http.StatusNotModified {
		return nil
	}
	from := d.resumeAt(resp)
	body := Limit(resp.Body, d.most-from)
	if from == 0 {
		before = 0
		if err := errors.Join(d.file.Truncate(0), seek(d.file.File, 0)); err != nil {
			return Final(fmt.Errorf("write a temporary file: %w", err))
		}
		d.file.Size = 0
		if resp.StatusCode == http.StatusPartialContent {
			return &unexpected{"answered with another part of a file than was asked for"}
		}
		checked, err := d.want.check(resp.Header, body)
		if err != nil {
			return err
		}
		body = checked
	} else if err := seek(d.file.File, d.file.Size); err != nil {
		return Final(fmt.Errorf("write a temporary file: %w", err))
	}
	n, err := io.Copy(onlyWrites{d.file.File}, body)
	d.file.Size += n
	var writing *os.PathError
	if errors.As(err, &writing) {
		return Final(fmt.Errorf("write a temporary file: %w", err))
	}
	if err == nil {
		return nil
	}
	if d.file.Size-before >= goodProgress {
		k.tries, k.waited = 0, 0
		k.c.heard()
	}
	return err
}

// resumeAt says from where an answer goes on; 0 where it is the whole.
func (d *download) resumeAt(resp *http.Response) int64 {
	if resp.StatusCode != http.StatusPartialContent || d.asked == 0 {
		return 0
	}
	span, found := strings.CutPrefix(resp.Header.Get("Content-Range"), "bytes ")
	from, _, _ := strings.Cut(span, "-")
	if n, err := strconv.ParseInt(from, 10, 64); !found || err != nil || n != d.asked || n != d.file.Size {
		return 0
	}
	return d.asked
}

// restart forgets what is there: the service has no more of it than that, or another file by now.
func (d *download) restart() { d.file.Size = 0 }

// prepare asks for the rest of what is there in part, if the same version can be asked for.
func (d *download) prepare(h http.Header) {
	h.Del("Range")
	h.Del("If-Range")
	d.asked = 0
	version := d.file.ETag
	if version == "" || strings.HasPrefix(version, "W/") {
		version = d.file.LastModified
	}
	if d.file.Size == 0 || version == "" {
		return
	}
	h.Set("Range", fmt.Sprintf("bytes=%d-", d.file.Size))
	h.Set("If-Range", version)
	d.asked = d.file.Size
}

func seek(f *os.File, at int64) error {
	_, err := f.Seek(at, io.SeekStart)
	return err
}

// onlyWrites keeps io.Copy to plain reads and writes, so that an error of the disk is told from one of the network.
type onlyWrites struct{ io.Writer }
