import java.io.PrintStream;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.data.IntegerData;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.parse.XFormParser;

/**
 * JavaRosa doing what benchmarks/form_peer.py does: a form opened, one number in it changed again and again.
 *
 * <p>Arguments in threes: the form's file, the path of the number (rows counted from 1), how often. One line a
 * form: opening, and the median and 95th percentile of a change, in milliseconds.
 */
public final class Peer {
    private static final int WARM = 3;

    public static void main(String[] arguments) throws Exception {
        PrintStream out = System.out;
        System.setOut(System.err);
        new XFormsModule().registerModule();
        for (int at = 0; at + 2 < arguments.length; at += 3) {
            String xml = Files.readString(Path.of(arguments[at]));
            int times = Integer.parseInt(arguments[at + 2]);
            FormDef form = null;
            double[] opened = new double[WARM];
            for (int round = 0; round < WARM; round++) {
                long begun = System.nanoTime();
                form = new XFormParser(new StringReader(xml)).parse();
                form.initialize(true, new InstanceInitializationFactory());
                opened[round] = (System.nanoTime() - begun) / 1e6;
            }
            TreeReference number = element(form.getMainInstance().getRoot(), arguments[at + 1]).getRef();
            double[] changed = new double[times];
            for (int round = -times; round < times; round++) {
                long begun = System.nanoTime();
                form.setValue(new IntegerData(Math.floorMod(round, 90) + 1), number, true);
                if (round >= 0) {
                    changed[round] = (System.nanoTime() - begun) / 1e6;
                }
            }
            Arrays.sort(opened);
            Arrays.sort(changed);
            out.println(opened[WARM / 2] + " " + changed[times / 2] + " " + changed[times * 95 / 100]);
        }
    }

    private static TreeElement element(TreeElement root, String path) {
        TreeElement found = root;
        for (String step : path.substring(root.getName().length() + 2).split("/")) {
            int bracket = step.indexOf('[');
            String name = bracket < 0 ? step : step.substring(0, bracket);
            int place = bracket < 0 ? 0 : Integer.parseInt(step.substring(bracket + 1, step.length() - 1)) - 1;
            found = found.getChild(name, place);
        }
        return found;
    }
}
