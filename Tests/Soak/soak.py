"""What the cases of the soak share, and how they run."""

import random
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from place import Failure


class Soak:
    """The binaries, the address of the store, and a folder for everything."""

    def __init__(self, binaries, store, folder):
        self.bin = binaries
        self.store = store
        self.folder = folder
        self._places = []
        self.is_over = False

    def open(self, place):
        self._places.append(place)

    def close(self):
        """Ends all processes; none begins any more."""
        self.is_over = True
        for place in self._places:
            place.close()

    def run(self, case, cases, at_once):
        """Runs cases at the same time, prints those that fail, and counts what became of them."""
        random.shuffle(cases)
        pool = ThreadPoolExecutor(at_once)
        try:
            return Counter(pool.map(lambda arguments: self._result(case, arguments), cases))
        finally:
            # After a signal, cases are left.
            pool.shutdown(wait=False, cancel_futures=True)

    def _result(self, case, arguments):
        try:
            return case(self, *arguments)
        except Exception as error:  # Every case is reported.
            words = str(error) if isinstance(error, Failure) else traceback.format_exc()
            if not self.is_over:
                print(f"FAILED {case.__name__}{arguments}: {words}", flush=True)
            return "FAILED"
