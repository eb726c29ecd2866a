// Package epss reads a day's EPSS scores as FIRST publishes them: a CSV file, as it is or compressed with gzip.
package epss

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// maxUnpacked bounds the unpacked file; 400,000 rows have about 12 MB.
const maxUnpacked = 256 << 20

// File is an opened day's file.
type File struct {
	Header intel.EPSSHeader

	lines  *bufio.Scanner
	bound  *io.LimitedReader
	number int
}

// Open reads what stands before the scores: a comment line with the model's version and the date (absent before 2022),
// and the header. gzip is told by its first bytes. Anything else is an error of kind Malformed.
func Open(in io.Reader) (*File, error) {
	buffered := bufio.NewReader(in)
	var plain io.Reader = buffered
	if magic, _ := buffered.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, problem.Wrap(problem.Malformed, err, "the EPSS file is no gzip file")
		}
		plain = unpacked
	}
	f := &File{bound: &io.LimitedReader{R: plain, N: maxUnpacked}}
	f.lines = bufio.NewScanner(f.bound)
	for f.lines.Scan() {
		f.number++
		line := strings.TrimSpace(strings.TrimPrefix(f.lines.Text(), "\ufeff"))
		switch {
		case line == "":
		case strings.HasPrefix(line, "#"):
			f.readComment(line)
		case strings.HasPrefix(strings.ToLower(line), "cve,epss"):
			return f, nil
		default:
			return nil, problem.New(problem.Malformed, "this is no EPSS file: line %d is %.60q, not the header cve,epss,percentile",
				f.number, line)
		}
	}
	if err := f.lines.Err(); err != nil {
		return nil, problem.Wrap(problem.Malformed, err, "the EPSS file cannot be read")
	}
	return nil, problem.New(problem.Malformed, "this is no EPSS file: it has no header cve,epss,percentile")
}

func (f *File) readComment(line string) {
	for field := range strings.SplitSeq(strings.TrimPrefix(line, "#"), ",") {
		key, value, _ := strings.Cut(field, ":")
		switch strings.TrimSpace(key) {
		case "model_version":
			f.Header.ModelVersion = strings.TrimSpace(value)
		case "score_date":
			f.Header.ScoreDate = strings.TrimSpace(value)
		}
	}
}

// Lines yields the rows in the file's order. The error is that of a file which ends early or grows beyond its bound.
func (f *File) Lines() iter.Seq2[intel.EPSSRow, error] {
	return func(yield func(intel.EPSSRow, error) bool) {
		for f.lines.Scan() {
			f.number++
			text := strings.TrimSpace(f.lines.Text())
			if text == "" || text[0] == '#' {
				continue
			}
			score, err := parseLine(text)
			if !yield(intel.EPSSRow{Line: f.number, Score: score, Refused: err}, nil) {
				return
			}
		}
		err := f.lines.Err()
		if err == nil && f.bound.N <= 0 {
			err = errors.New("it is larger than can be")
		}
		if err != nil {
			yield(intel.EPSSRow{}, problem.Wrap(problem.Malformed, err, "the EPSS file breaks off after line %d", f.number))
		}
	}
}

func parseLine(text string) (intel.EPSSScore, error) {
	fields := strings.Split(text, ",")
	if len(fields) < 2 {
		return intel.EPSSScore{}, fmt.Errorf("%.60q has not the fields cve,epss,percentile", text)
	}
	cve := strings.ToUpper(strings.TrimSpace(fields[0]))
	if !intel.IsCVE(cve) {
		return intel.EPSSScore{}, fmt.Errorf("%.40q is no CVE id", fields[0])
	}
	score, err := probability(fields[1])
	if err != nil {
		return intel.EPSSScore{}, fmt.Errorf("%s: epss %w", cve, err)
	}
	out := intel.EPSSScore{CVE: cve, Score: score}
	if len(fields) > 2 { // the first model's files had no percentile
		if out.Percentile, err = probability(fields[2]); err != nil {
			return intel.EPSSScore{}, fmt.Errorf("%s: percentile %w", cve, err)
		}
	}
	return out, nil
}

func probability(s string) (float64, error) {
	p, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || !(p >= 0 && p <= 1) {
		return 0, fmt.Errorf("%.40q is no number from 0 to 1", s)
	}
	return p, nil
}
