"""Print the folder to give to lm-eval."""

from genner.experiments.tasks import FOLDER

if __name__ == "__main__":
    print(FOLDER)
