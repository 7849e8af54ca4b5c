package files

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sfdalab/internal/memory"
	"slices"
	"strings"
	"sync/atomic"
)

// openNpz opens an array of an .npz file.
func openNpz(in *input, key string, usual []string) (content, error) {
	if err := in.openMember(key, usual); err != nil {
		return nil, err
	}
	return parseNpy(in)
}

// openMember narrows in, an .npz file, to one of its arrays: the one that key
// names, or the only one, or the first whose name is in usual.
func (in *input) openMember(key string, usual []string) error {
	return in.parse(len(in.bytes), func() error { return in.findMember(key, usual) })
}

// findMember is openMember of bytes that can be read.
func (in *input) findMember(key string, usual []string) error {
	archive, err := zip.NewReader(bytes.NewReader(in.bytes), int64(len(in.bytes)))
	if err != nil {
		return fmt.Errorf("damaged or truncated: %w", err)
	}
	members := make(map[string]*zip.File)
	var keys []string
	for _, f := range archive.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if ok && members[name] != nil {
			return fmt.Errorf("two arrays are named %s", clip(name))
		}
		if ok {
			members[name] = f
			keys = append(keys, name)
		}
	}
	if key, err = choose(key, keys, usual); err != nil {
		return err
	}
	in.path += ":" + key
	in.bytes, err = unpack(members[key], in.bytes)
	return err
}

// choose returns which of the arrays of a file is meant: the one that key names or,
// without a key, the only one or the first with a usual name.
func choose(key string, keys, usual []string) (string, error) {
	switch {
	case key != "" && slices.Contains(keys, key):
		return key, nil
	case key != "":
		return "", fmt.Errorf("no array %q; it has %s", clip(key), list(keys))
	case len(keys) == 1:
		return keys[0], nil
	}
	if i := slices.IndexFunc(usual, func(name string) bool { return slices.Contains(keys, name) }); i >= 0 {
		return usual[i], nil
	}
	if len(keys) == 0 {
		return "", errors.New("it has no array")
	}
	return "", fmt.Errorf("name one of its arrays behind it, as in FILE:%s; it has %s", clip(keys[0]), list(keys))
}

// unpack returns the contents of a member of archive. A stored member is not
// copied.
func unpack(f *zip.File, archive []byte) ([]byte, error) {
	const mostDeflate = 1032 // no deflated byte stands for more
	offset, err := f.DataOffset()
	if err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	rest := uint64(max(int64(len(archive))-offset, 0))
	packed, size := f.CompressedSize64, f.UncompressedSize64
	if packed > rest || packed < size/mostDeflate || f.Method == zip.Store && packed != size {
		return nil, fmt.Errorf("damaged: claims %d bytes packed to %d, of which %d are there", size, packed, rest)
	}
	if f.Method == zip.Store {
		contents := archive[offset:][:size]
		if crc32.ChecksumIEEE(contents) != f.CRC32 {
			return nil, fmt.Errorf("damaged: %w", zip.ErrChecksum)
		}
		return contents, nil
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return inflate(r, int(size))
}

// unpacking counts the bytes that arrays being unpacked are about to take.
var unpacking atomic.Int64

// inflate returns the bytes of an .npy file, of which there are so many. Its header is read
// first, and the memory that is free: no file, however small, ends the program.
func inflate(r io.Reader, size int) ([]byte, error) {
	head := make([]byte, min(size, maxHeader+12))
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	if _, err := parseHeader(head, size); err != nil {
		return nil, err
	}
	all := unpacking.Add(int64(size))
	defer unpacking.Add(-int64(size))
	if free := memory.Free(); all > free {
		return nil, fmt.Errorf("it is %d MiB when unpacked, and %d MiB of memory are free: write it with numpy.savez or numpy.save, which is read in place", size>>20, free>>20)
	}
	contents := make([]byte, size)
	copy(contents, head)
	if _, err := io.ReadFull(r, contents[len(head):]); err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	if n, err := r.Read(make([]byte, 1)); n > 0 || err != io.EOF { // which checks the sum
		return nil, fmt.Errorf("damaged: %w", cmp.Or(err, io.ErrShortBuffer))
	}
	return contents, nil
}
